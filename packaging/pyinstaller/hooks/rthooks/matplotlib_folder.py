"""In place of PyInstaller's own, which makes a folder in the system's temp folder at the start of every child.

A child that draws is told by its confinement where matplotlib keeps its list of fonts: in its own folder in RAM.
"""
