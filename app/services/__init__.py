"""Floor 5: one module per thing a person does. ``desk`` is the port the window and the command line stand on."""
