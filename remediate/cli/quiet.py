"""Keeps what libraries say to developers off the terminal: their warnings quote values of elements, BSNs and names.

The one home of it; every entry point of the program calls it first.
"""

from __future__ import annotations

import logging
import warnings

TALKATIVE = ("pydicom", "pynetdicom")


def silence_libraries() -> None:
    """No warning, whoever the library blames for it, and nothing of these loggers, wherever they would go."""
    warnings.simplefilter("ignore")
    for name in TALKATIVE:
        logger = logging.getLogger(name)
        logger.setLevel(logging.CRITICAL + 1)
        logger.propagate = False
