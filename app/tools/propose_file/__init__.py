"""The tool ``propose_file``."""
