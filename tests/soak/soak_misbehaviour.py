"""Every row of the misbehaviour matrix, by C-GET and by C-MOVE, and the table of what a person was told.

`soak_misbehaviour.py [SECONDS] [NAME...]` runs all rows once whatever the time (some minutes), or those with a NAME in
their name; ends with 1 when a row was not as it must be.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from remediate.demo.hospital import build_hospital
from tests.night.misbehaving import Told, failures, perform, perform_survey, table
from tests.night.misbehaviour import EXECUTE_ROWS, SURVEY_ROWS
from tests.workplace import free_port, new_workplace, planned_workplace


def seen(row: Told) -> Told:
    """A sign of life, since all rows take long; the table comes at the end."""
    print(f"{row.name} by {row.command}: {'WRONG' if row.wrong else 'as it must be'}", file=sys.stderr, flush=True)
    return row


def run(wanted: list[str]) -> list[Told]:
    """Every wanted row on a copy of one hospital."""
    hospital, begun = build_hospital(2), time.monotonic()
    rows: list[Told] = []
    with tempfile.TemporaryDirectory(prefix="soak-misbehaviour-") as base:
        planned = planned_workplace(Path(base) / "planned", hospital, free_port())
        unsurveyed = new_workplace(Path(base) / "unsurveyed", build_hospital(12), free_port())
        for row in EXECUTE_ROWS:
            if not wanted or any(name in row.name for name in wanted):
                rows += [seen(perform(row, mode, planned, Path(base) / "place")) for mode in row.modes]
        for one in SURVEY_ROWS:
            if not wanted or any(name in one.name for name in wanted):
                rows.append(seen(perform_survey(one, unsurveyed, Path(base) / "place")))
    print(table(row.cells for row in rows))
    print(f"{len(rows)} rows in {time.monotonic() - begun:.0f} s")
    return rows


def main() -> int:
    """0 when every row came out as it must."""
    wanted = [word for word in sys.argv[1:] if not word.replace(".", "").isdigit()]
    wrong = failures(run(wanted))
    for line in wrong:
        print(f"WRONG {line}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
