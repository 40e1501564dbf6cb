"""A modality that loses the BSN for a week: noticed, named in the morning, and put right the next night."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import update

from remediate.ledger.tables.study import studies
from remediate.records.states import State
from tests.measured_inflow import ZONE, Made, survey
from tests.workplace import Workplace

LOST = "MR"


def history(today: date) -> Iterator[Made]:
    """Months in which all came in right; the modality made nothing else in the last week."""
    for back in range(80, 0, -1):
        day = today - timedelta(days=back)
        for number in range(6):
            kind = LOST if number % 3 == 0 else "CT"
            if back > 7 or kind != LOST:
                yield Made(day=day, right=True, modality=kind, station=f"{kind}1", department="Radiologie", came=today)


def came_in_wrong(place: Workplace, today: date) -> list[str]:
    """The archive's own studies that want correcting were made in the last week, by that modality."""
    uids = [study.study_instance_uid for study in place.planned()]
    with place.session() as work, work.ledger._database.begin() as connection:
        for at, uid in enumerate(uids):
            made = f"{today - timedelta(days=1 + at % 7):%Y%m%d}"
            values = {"study_date": made, "modalities": LOST, "station_name": "MR1", "referring_department": "Neuro"}
            connection.execute(update(studies).where(studies.c.study_instance_uid == uid).values(values))
    return uids


def test_what_a_modality_loses_is_noticed_named_and_put_right_the_next_night(place: Workplace) -> None:
    today = datetime.now(ZONE).date()
    survey(place, history(today), last=today)
    uids = came_in_wrong(place, today)
    job = place.folder / "evening.yaml"
    job.write_text("steps:\n  - {run: [measure, new], may_exit: [0, 2]}\n  - run: [plan]\n")
    morning = place.run("run", str(job), "--lang", "nl").out
    assert "GEDAALD: " in morning
    assert f"het meeste dat fout is: modaliteit {LOST} ({len(uids)}/{len(uids) + 42})" in morning
    assert f"afdeling Neuro ({len(uids)}/{len(uids)})" in morning
    plan = place.folder / "plans" / "plan-0002" / "plan.json"
    order = json.loads(Path(plan).read_text())["order"]
    assert order["reasons"][0] == {"why": "inflow", "studies": len(uids)}
    with place.archive():
        place.must("approve", str(plan), "--by", "A. Reviewer")
        place.must("execute", str(plan), "--now")
    assert {place.states()[uid] for uid in uids} == {State.VERIFIED}
    again = place.must("plan").answer
    assert again["counts"]["planned"] == 0
