"""Activity: what runs now, how reliable models and tools were, what happened."""
