"""Amazon's payloads in the hub's words and back, one module a subject; nothing here calls anybody."""
