"""The first code of ``carrel-child``: the launcher, before anything of the worker is imported."""

import sys

from app.sandbox.entry import main

main(int(sys.argv[1]))
