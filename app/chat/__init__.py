"""Floor 4: the turn, without IO: events in, commands out."""
