"""A modality that loses the BSN: noticed and named in the morning, at the front of the plan, and right the next one.

The whole week by the job `nightly`, on a real Orthanc: `python -m tests.soak.soak_week`. Here are the steps that matter
of it.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from remediate.demo.archive import EmbeddedArchive
from tests.inflow_week import FIRST, week_in
from tests.soak.soak_week import inflow_line
from tests.workplace import free_port

MOST = {
    "nl": "het meeste dat fout is: modaliteit MR (5/{of}), aanvragende afdeling Neurologie (5/{of}), afzender MRI",
    "en": "most of what is wrong: modality MR (5/{of}), referring department Neurologie (5/{of}), sender MRI",
}

STEPS = ("[survey]", "[execute, --approved]", "[measure, new]", "[plan]")


def test_what_a_modality_loses_is_noticed_named_and_put_right_the_next_night(tmp_path: Path) -> None:
    with EmbeddedArchive(tmp_path / "archive", port=free_port()) as archive:
        week = week_in(tmp_path / "place", archive.port, archive.store_directly, archive.objects, loses_on=1)
        week.begin(history=12, backlog=12)
        job = tmp_path / "short.yaml"
        job.write_text("steps:\n" + "".join(f"  - {{run: {words}, may_exit: [0, 2, 3]}}\n" for words in STEPS))
        week.day(FIRST)
        first = inflow_line(week.night(FIRST, "nl", str(job)))
        assert "GEDAALD: apparaat MR1" in first
        assert MOST["nl"].format(of=65) in first
        order = week.approve(FIRST)
        assert [*order.items()] == [("inflow", 5), ("newest", 12)]
        assert len(week.wrong_left(FIRST)) == 5
        second = inflow_line(week.night(FIRST + timedelta(days=1), "en", str(job)))
        assert "FALLEN: station MR1" in second
        assert MOST["en"].format(of=65) in second
        assert week.wrong_left(FIRST) == []
        assert week.touched() == []
