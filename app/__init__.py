"""Carrel: a private desk for a person's documents."""

__version__ = "0.1.0"
