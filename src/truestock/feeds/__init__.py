"""Inbound: quantities, orders and webhooks from other systems, decoded and checked before anything is booked."""
