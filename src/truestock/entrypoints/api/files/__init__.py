"""Files of products and stock in the shops' forms, and the content they carry."""
