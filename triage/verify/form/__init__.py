"""Reading a form: labels, values, names, and what speaks against the request."""
