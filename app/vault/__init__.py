"""Floor 2: sealed bytes and rows. The key, the encrypted database, encrypted artifacts, conversations, settings."""
