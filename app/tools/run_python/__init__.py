"""The tool ``run_python``."""
