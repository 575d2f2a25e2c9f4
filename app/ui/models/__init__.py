"""Models: what is admitted, what fits this computer, and what was refused."""
