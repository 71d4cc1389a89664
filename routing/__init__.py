"""Decisions. Standard library only, no I/O, no clock: events + now -> commands."""
