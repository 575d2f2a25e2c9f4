"""The calculate tool: its code runs in a tool child only."""
