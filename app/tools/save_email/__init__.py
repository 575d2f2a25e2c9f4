"""The tool ``save_email``."""
