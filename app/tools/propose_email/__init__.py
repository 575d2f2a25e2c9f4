"""The tool ``propose_email``."""
