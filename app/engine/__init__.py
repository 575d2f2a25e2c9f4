"""Floor 3: language models and the embedder, each in a child of its own."""
