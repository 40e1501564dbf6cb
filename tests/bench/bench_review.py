"""How fast people decide, and how often wrongly: a hundred made-up studies in a spreadsheet, a hundred on the pages.

    python -m tests.bench.bench_review make DIR TRUTH [SEED]
    python -m tests.bench.bench_review score DIR TRUTH

`make` makes two folders, `DIR/sheet` and `DIR/page`, each with a ledger of a hundred studies that wait for a person,
all drawn alike (`review_cases.py`), and says how to decide about them. What is right of each stands in the file TRUTH,
which whoever tries never sees. `score` prints seconds a study and wrong decisions of both ways, by the ledgers alone.

Seconds: on the pages from one decision to the next, the median and all of the time over the number; with a spreadsheet
from the export to the import over the number, for nobody sees when a line is typed. A study that was left has no time
of its own: it is in that of the one after.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

from remediate.config.settings import load_config
from remediate.records.dicom import FoundStudy
from remediate.records.ledger import EventType
from remediate.records.states import State
from remediate.wiring import Session, now
from tests.bench.bench_plan import AUTHORITY
from tests.bench.review_cases import RULES, Case, cases

WAYS = ("sheet", "page")
_WRONG = {
    ("confirm", "exclude"): "confirmed, and it is somebody else's",
    ("confirm", ""): "confirmed, and nothing shown tells",
    ("exclude", "confirm"): "excluded, and it is the patient's own",
    ("exclude", ""): "excluded, and nothing shown tells",
    ("", "confirm"): "left, and it is the patient's own",
    ("", "exclude"): "left, and it is somebody else's",
}
"""By what was decided and what is right; the first two are how a BSN gets into somebody else's study."""


def make(folder: Path, truth: Path, seed: int) -> None:
    """Two ledgers, the truth, and what to do."""
    if folder.resolve() in truth.resolve().parents:
        raise SystemExit("the truth may not lie where whoever tries looks")
    known: dict[str, Any] = {}
    for which, name in enumerate(WAYS):
        ours = folder / name
        _called("init", "--dir", str(ours), "--config", str(ours / "config.yaml"))
        known |= _filled(ours, cases(seed, which), Random(seed * 10 + which))
        _called("plan", "--config", str(ours / "config.yaml"), "--out", str(ours / "plan"))
        _require_waiting(ours, known)
    truth.write_text(json.dumps(known))
    sheet, page = (folder / name / "config.yaml" for name in WAYS)
    print(RULES, end="\n\n")
    print(f"spreadsheet: remediate --config {sheet} review export {folder}/list.csv --reveal --by NAME --why trial")
    print(f"             decide, then: remediate --config {sheet} review import {folder}/list.csv --by NAME")
    print(f"pages:       remediate --config {page} web user add NAME --role reviewer --person NAME")
    print(f"             remediate --config {page} web, and go through all that stands in the queue")
    print(f"both done:   python -m tests.bench.bench_review score {folder} {truth}")


def _filled(folder: Path, made: list[Case], chance: Random) -> dict[str, Any]:
    """An EPD and studies; by Study Instance UID what is right, of which kind."""
    found, truth = [], {}
    for case in made:
        uid = f"1.2.826.0.1.3680043.8.498.{chance.randrange(10**14, 10**15)}"
        truth[uid] = [case.right, case.kind, case.tells]
        found.append(FoundStudy(study_instance_uid=uid, study_date=case.study_date, modalities=("CT",), instances=1,
                                evidence=case.header))  # fmt: skip
    path = folder / "config.yaml"
    path.write_text(path.read_text().replace("default_issuer: HOSPITAL", f"default_issuer: {AUTHORITY}"))
    with ExitStack() as stack:
        work = Session(load_config(path), stack, None, "bench")
        work.registry.begin_load("rule")
        work.registry.apply([person.change() for case in made for person in case.people], (), file="", now=now())
        work.ledger.save_found(found, now=now())
    return truth


def _require_waiting(folder: Path, known: Mapping[str, Any]) -> None:
    """Each study waits for people, and what is to be confirmed can be."""
    with ExitStack() as stack:
        work = Session(load_config(folder / "config.yaml"), stack, None, "bench")
        rows = work.ledger.studies_named([uid for uid in known if work.ledger.study(uid) is not None])
        for row in rows:
            right, kind, _ = known[row.study_instance_uid]
            entry = work.ledger.queue_entry(row.study_instance_uid)
            if row.state is not State.REVIEW or entry is None or (right == "confirm" and not entry.may_confirm):
                raise SystemExit(f"a case of {kind} stands at {row.state.value}: {row.reason}")


def _called(*arguments: str) -> None:
    done = subprocess.run([sys.executable, "-m", "remediate", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)


def score(folder: Path, truth: Path) -> None:
    """Seconds a study and wrong decisions, for each way."""
    known = json.loads(truth.read_text())
    for name in WAYS:
        with ExitStack() as stack:
            work = Session(load_config(folder / name / "config.yaml"), stack, None, "bench")
            waiting = [uid for uid in known if work.ledger.study(uid) is not None]
            decided = {uid: one.decision.value for uid, one in work.ledger.reviews(waiting).items()}
            events = [entry.event.at for entry in work.ledger.events(type_=EventType.REVIEW_DECISION)]
            begun = [entry.event.at for entry in work.ledger.events(type_=EventType.EXPORT)]
        print(f"{name}: {len(decided)} of {len(waiting)} decided; {_seconds(events, begun, alone=name == 'page')}")
        _tell_wrong({uid: decided.get(uid, "") for uid in waiting}, known)


def _tell_wrong(decided: Mapping[str, str], known: Mapping[str, Any]) -> None:
    kept = {uid: said for uid, said in decided.items() if said in ("confirm", "exclude", "")}
    wrong = [(uid, _WRONG[said, known[uid][0]]) for uid, said in kept.items() if said != known[uid][0]]
    against = sum(known[uid][2] for uid, _ in wrong)
    print(f"  {len(wrong)} of {len(kept)} wrong, {against} of them where what stands under against decides")
    for told, number in Counter(told for _, told in wrong).most_common():
        print(f"  {number:3} {told}")
    for kind, number in Counter(known[uid][1] for uid, _ in wrong).most_common():
        print(f"      {number:3} of {sum(known[uid][1] == kind for uid in kept)} {kind}")


def _seconds(decided: list[datetime], begun: list[datetime], *, alone: bool) -> str:
    if len(decided) < 2 or not begun:
        return "no time to tell"
    whole = (decided[-1] - min(begun)).total_seconds() / len(decided)
    if not alone:
        return f"{whole:.1f} s a study"
    steps = [(after - before).total_seconds() for before, after in pairwise(decided)]
    return f"{whole:.1f} s a study, {statistics.median(steps):.1f} s in the median"


def main() -> None:
    """Make, or score."""
    what, folder, truth, *more = sys.argv[1:]
    if what == "make":
        make(Path(folder), Path(truth), int(more[0]) if more else 1)
    else:
        score(Path(folder), Path(truth))


if __name__ == "__main__":
    main()
