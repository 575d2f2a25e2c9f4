"""The tool ``convert_units``."""
