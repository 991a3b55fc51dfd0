"""`python -m holdfast`: the command line."""

import sys

from holdfast.entrypoints.cli import main

sys.exit(main())
