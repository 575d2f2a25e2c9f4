"""Floor 3: the library of language models and how a file gets into it."""
