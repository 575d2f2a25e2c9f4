"""Documents: what is read, what needs you, and what one source is."""
