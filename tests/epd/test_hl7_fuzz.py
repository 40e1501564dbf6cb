"""A sample of `tests/soak/fuzz_hl7.py`: damaged files never crash the reader, and cost no message but the damaged."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings

from tests.epd.hl7_fuzz import Piece, check, files


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(files())
def test_damage_costs_no_message_but_the_damaged(pieces: list[Piece]) -> None:
    check(pieces)
