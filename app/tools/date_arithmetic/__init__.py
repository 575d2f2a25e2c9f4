"""The tool ``date_arithmetic``."""
