"""Decisions on the books of items: reserve, source, settle, facts, the life of promises, ring-fences."""
