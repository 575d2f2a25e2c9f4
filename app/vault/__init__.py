"""Floor 2: sealed bytes and rows."""
