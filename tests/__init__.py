"""Tests mirror ``app``. This is a package only so that tests can import ``tests.material``."""
