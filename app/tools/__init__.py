"""Floor 3: what the model may call."""
