"""The parts every page is made of. Each is small, themed, named for screen readers, and knows nothing of the desk."""
