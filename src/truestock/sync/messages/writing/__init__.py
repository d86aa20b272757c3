"""Writes messages: what they say of an order, in the shopper's language, by our templates or a channel's own."""
