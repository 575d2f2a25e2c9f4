"""Readers, one module per format. They run in the reader child: standard library and pypdfium2 only.

A reader is a function ``read(data) -> Draft``. It raises ``Unreadable`` with the outcome and the sentence for the
person. What all formats share (normal form, spans, heading paths) is done once, in ``assembly``.
"""
