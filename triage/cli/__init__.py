"""The command line. Thin: parse arguments, call, print."""
