"""The tool ``read_document``."""
