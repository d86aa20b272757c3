"""Writes the reference into the folder that is named."""

import sys
from pathlib import Path

from truestock.entrypoints.cli.reference import write

write(Path(sys.argv[1]))
