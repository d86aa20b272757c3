"""Commands of feeds: what other systems say of stock."""
