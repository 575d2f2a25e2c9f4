"""The one way a tool says that it cannot do what was asked. Standard library only: children raise it too."""

from __future__ import annotations


class Unworkable(Exception):  # noqa: N818 - an outcome, told in a sentence
    """The call cannot be done as it was asked; the message is a sentence for the person and the model."""
