"""Floor 6: core events to Qt signals, item models. QtCore and QtGui only."""
