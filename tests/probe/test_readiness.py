"""What must be decided before the real archive is named by its key, until it is decided."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from remediate.config.settings import parse_config
from remediate.probe.readiness import open_points

ARCHIVE = {"archive": {"port": 104, "called_ae_title": "ARCHIVE"}}
DECIDED: dict[str, dict[str, Any]] = {
    "identity.bsn_range": {"identity": {"bsn_range": "production"}},
    "ledger.checkpoints": {"ledger": {"checkpoints": "elsewhere"}},
    "approval.people": {"approval": {"people": 2}},
    "target.confirmed_by": {"target": {"norm": "Richtlijn", "confirmed_by": "Applicatiebeheer PACS"}},
}


def named(*decided: str, **others: Any) -> set[str]:
    settings: dict[str, Any] = ARCHIVE | others
    for key in decided:
        settings |= DECIDED[key]
    return set(open_points(parse_config(settings, base=Path())))


def test_each_open_point_is_named_until_it_is_decided() -> None:
    assert named() == set(DECIDED)
    for key in DECIDED:
        assert named(*(DECIDED.keys() - {key})) == {key}
    assert named(*DECIDED) == set()


def test_a_profile_is_confirmed_by_a_person_on_a_norm_and_not_by_half_of_that() -> None:
    assert "target.confirmed_by" in named(target={"norm": "Richtlijn"})
    assert "target.confirmed_by" in named(target={"confirmed_by": "Applicatiebeheer PACS"})
