"""Floor 3: from a file on disk to passages that can be quoted."""
