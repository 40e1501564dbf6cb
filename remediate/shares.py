"""What a share is: how it is rounded, when it is more than the target, and how bounds are told. Pure arithmetic."""

from __future__ import annotations

import math

TARGET = 0.95
"""Twiin: in more than 95 % of what is sent, the BSN stands in the right place."""

_DIGITS, _LAST = 6, 1e-6
_TINY = 1e-9  # against shares such as 0.95 that binary fractions do not hold exactly


def share_of(correct: int, studies: int) -> float | None:
    """Between 0 and 1, to six digits; None for an empty denominator, which has no share.

    Rounded towards what the exact share is of the target: it never stands on the other side of it.
    """
    if not studies:
        return None
    share = round(correct / studies, _DIGITS)
    if share <= TARGET < correct / studies or share == 1 > correct / studies:
        return round(share + (_LAST if share < 1 else -_LAST), _DIGITS)
    return share


def target_reached(correct: int, studies: int, unread: int, target: float) -> bool | None:
    """Whether more than the target is right of all that count; None when nothing does, or when the unread decide."""
    whole = studies + unread
    if not whole or more_than(correct, whole, target):
        return True if whole else None
    return None if more_than(correct + unread, whole, target) else False


def more_than(correct: int, studies: int, target: float) -> bool:
    """Strictly more than the target's share, exact to the study."""
    return correct >= enough(studies, target)


def enough(studies: int, target: float) -> int:
    """The least number of right ones that is more than the target's share."""
    return int(studies * target + _TINY) + 1


def outward(low: float, high: float) -> tuple[float, float]:
    """The ends of an interval to six digits: what is cut off never makes it smaller."""
    scale = 10**_DIGITS
    return max(0.0, math.floor(low * scale + _TINY) / scale), min(1.0, math.ceil(high * scale - _TINY) / scale)
