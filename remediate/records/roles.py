"""What an account of the pages may do; who may see which page stands with the pages."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """One account may have several. Its value is typed on the command line, and names a group in Django's database."""

    VIEWER = "viewer"
    REVIEWER = "reviewer"
    APPROVER = "approver"
    OPERATOR = "operator"
    AUDITOR = "auditor"
