"""The tool ``list_documents``."""
