"""Models: the library, what each needs, and how one gets in."""
