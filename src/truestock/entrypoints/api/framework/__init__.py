"""What the routes of the framework share: bodies, pages, lines, and the document of them all."""
