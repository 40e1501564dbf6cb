"""Puts the BSN in the right place in a hospital's old DICOM studies, and proves it."""

__version__ = "0.1.0"
