"""Figures over the public evaluation sets, as README states them: ``python -m tests.measures.NAME``; no tests stand here."""
