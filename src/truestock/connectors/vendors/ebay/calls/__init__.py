"""How eBay is called: tokens, keys, and which way a call failed."""
