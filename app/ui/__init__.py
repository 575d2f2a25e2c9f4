"""Floor 7: the window. Widgets lay out, forward and paint."""
