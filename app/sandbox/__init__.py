"""Floor 2: children, how they are confined and how we talk to them."""
