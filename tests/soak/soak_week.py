"""A week of simulated inflow on a real Orthanc, by a moved clock, with one modality that loses the BSN from day 3 on.

`python -m tests.soak.soak_week [en|nl]` prints what each morning says, and whether the night before put right what had
come in wrong, and touched nothing that was right. Exit code 1 when any of it is not so.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from tests.acceptance.orthanc_objects import OrthancObjects
from tests.inflow_week import FIRST, LOSES, MODALITIES, PER_NIGHT, Week, week_in
from tests.servers import running_orthanc
from tests.workplace import Ran

LOSES_ON = 3
HISTORY, BACKLOG = 60, 60
_NAMED = {
    "en": ("FALLEN", f"modality {LOSES}", "referring department Neurologie", "sender MRI Centrum Noord"),
    "nl": ("GEDAALD", f"modaliteit {LOSES}", "aanvragende afdeling Neurologie", "afzender MRI Centrum Noord"),
}


def inflow_line(ran: Ran) -> str:
    """What the morning's summary says of the inflow."""
    return next(line.strip() for line in ran.out.splitlines() if line.startswith(("  instroom", "  inflow")))


def faults_of(week: Week, language: str) -> list[str]:
    """Seven days, nights and mornings; what was not as it should be."""
    faults, per_day = [], next(one.per_day for one in MODALITIES if one.name == LOSES)
    for number in range(1, 8):
        day = FIRST + timedelta(days=number - 1)
        week.day(day)
        ran = week.night(day, language)
        line, left = inflow_line(ran), week.wrong_left(day - timedelta(days=1))
        order = week.approve(day)
        print(f"morning {number}: {line}\n  plan: {order}; of the day before still wrong: {len(left)}", flush=True)
        is_lost = number >= LOSES_ON
        faults += [f"morning {number}: {word}" for word in _NAMED[language] if is_lost and word not in line]
        is_at_the_front = next(iter(order.items()), None) == ("inflow", per_day)
        faults += [f"morning {number}: not at the front"] if is_lost and not is_at_the_front else []
        faults += [f"morning {number}: a fall"] if not is_lost and _NAMED[language][0] in line else []
        faults += [f"morning {number}: {one.study_instance_uid} is not right" for one in left]
        faults += [f"morning {number}: {one.study_instance_uid} was touched" for one in week.touched()]
    return faults


def main(language: str = "nl") -> int:
    """The week; answers how many things were wrong."""
    with tempfile.TemporaryDirectory(prefix="soak-week-") as folder, running_orthanc() as server:
        orthanc = OrthancObjects(server)
        week = week_in(
            Path(folder) / "place",
            server.dicom,
            orthanc.put,
            orthanc.objects,
            loses_on=LOSES_ON,
            archive={"called_ae_title": server.aet},
        )
        week.begin(HISTORY, BACKLOG)
        faults = faults_of(week, language)
        whole = week.place.must("ledger", "verify").answer["ok"]
        done = BACKLOG - len(week.wrong_left(week.came[0].day))
    print(f"{len(week.came)} studies; {done} of {BACKLOG} old ones put right beside, {PER_NIGHT} a night at most")
    print(f"ledger whole: {whole}; faults: {faults}")
    return len(faults) + (not whole)


if __name__ == "__main__":
    sys.exit(bool(main(*sys.argv[1:2])))
