"""The server: middleware, sign-in and the agents' pages."""
