"""Floor 7: the headless face for scripts, administrators and tests."""
