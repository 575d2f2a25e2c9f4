"""Floor 1: frozen types and pure rules. No IO, no threads, no third-party code but pydantic."""
