"""The API's pages: a browser of the OpenAPI document that needs no network, and an explanation of every problem."""
