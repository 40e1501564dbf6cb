"""The section `review`: how people decide about the studies that wait for them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from remediate.config.base import Settings


class ReviewSettings(Settings):
    """Second looks, what is remembered, and what a reviewer is not shown beforehand."""

    second_look_share: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = 0
    """Of the studies about which somebody decides, the share that a second person has to decide about as well without
    seeing the first decision; drawn by a keyed digest of the Study Instance UID."""
    remember: bool = True
    """Whether a decision about one study holds for later studies with the same headers and patient."""
    hide_likeness: bool = True
    """Whether the page tells how alike study and candidate look only once the reviewer has decided."""
    lease_minutes: Annotated[int, Field(ge=1, le=120)] = 10
    """So long nobody else decides about a study that somebody opened."""
