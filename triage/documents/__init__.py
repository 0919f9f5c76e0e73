"""Untrusted files: read in a child process, within limits of time, memory and size."""
