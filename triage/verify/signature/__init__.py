"""Signatures: digital ones, ink, and whom this installation trusts."""
