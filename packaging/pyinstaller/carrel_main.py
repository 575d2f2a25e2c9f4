"""The first code of ``carrel``."""

import sys

from app.__main__ import main

sys.exit(main())
