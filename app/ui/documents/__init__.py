"""Documents: collections, what was read and how it ended, and what is being read now."""
