"""Figures of this machine, each against the bare library, interleaved in the same run."""
