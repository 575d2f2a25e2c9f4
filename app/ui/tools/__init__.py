"""Tools: what is installed, what each may reach, how reliable it was, and the switches."""
