"""Tests, long runs and measurements; they follow the rooms of the program."""

import os
import sys

# Programs that tests start keep what they compile, as an installed program has it: else each start takes a second more.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
