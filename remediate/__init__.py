"""Puts the BSN in the right place in a hospital's old DICOM studies, and proves it."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("remediate")
except PackageNotFoundError:  # a tree that nobody installed
    __version__ = "0+unknown"
