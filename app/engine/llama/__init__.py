"""What runs in the engine child: the standard library, llama-cpp-python, llguidance, numpy and jinja2 only."""
