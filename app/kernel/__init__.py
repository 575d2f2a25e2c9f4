"""Floor 0: errors, ids, clock, paths, log. Imports nothing of Carrel."""
