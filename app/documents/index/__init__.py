"""Vector indexes: one port, an exact one in memory, Chroma in a child. Nothing in them is an original."""
