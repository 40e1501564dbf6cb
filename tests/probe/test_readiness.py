"""What must be decided before the real archive is named by its key, until it is decided."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from remediate.config.identity import ConfirmedSettings
from remediate.config.settings import parse_config
from remediate.config.yaml_text import read_yaml
from remediate.probe.readiness import open_points

ARCHIVE = {"archive": {"port": 104, "called_ae_title": "ARCHIVE"}}
DECIDED: dict[str, dict[str, Any]] = {
    "identity.bsn_range": {"identity": {"bsn_range": "production"}},
    "ledger.checkpoints": {"ledger": {"checkpoints": "elsewhere"}},
    "approval.people": {"approval": {"people": 2}},
    "target.confirmed": {
        "target": {"confirmed": {"document": "Richtlijn", "by": "Applicatiebeheer PACS", "on": "2026-11-02"}}
    },
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


@pytest.mark.parametrize("lacks", ["document", "by", "on"])
def test_a_profile_is_confirmed_by_a_person_on_a_document_and_a_day_and_not_by_half_of_that(lacks: str) -> None:
    told = {key: text for key, text in DECIDED["target.confirmed"]["target"]["confirmed"].items() if key != lacks}
    assert "target.confirmed" in named(target={"confirmed": told})


def test_on_is_a_key_as_people_write_it_and_not_the_truth_of_yaml_1_1() -> None:
    told = read_yaml("confirmed: {document: Richtlijn, by: A. de Groot, on: 2026-11-02}")["confirmed"]
    assert ConfirmedSettings.model_validate(told).told == {
        "document": "Richtlijn",
        "by": "A. de Groot",
        "on": "2026-11-02",
    }
