"""The HTTP API: hot endpoints in front, FastAPI for the breadth, one OpenAPI document for both."""
