"""Order files as events for a replay: two public data sets, and a plain CSV form for anybody's own orders."""
