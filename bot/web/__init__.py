"""The HTTP handlers: each file one address."""
