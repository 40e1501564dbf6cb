"""How fast people decide, and how often wrongly: a hundred made-up studies in a spreadsheet, a hundred on the page.

`python -m tests.bench.bench_review make DIR [SEED]` makes two folders, `DIR/sheet` and `DIR/page`, each with a ledger
of a hundred studies that wait for a person, and says how to decide about them. Whose each study truly is stands in
`DIR/truth.json`: whoever tries does not open that. `python -m tests.bench.bench_review score DIR` prints seconds a
study and wrong decisions of both ways. Sixty in a hundred are the patient's own with something mistyped, forty are of
somebody else under that number: a brother or sister, a twin, a parent of the same name, a stranger. Nobody exists.

Seconds: on the page from one decision to the next, the median; with a spreadsheet from the export to the import over
the number of studies, for nobody sees when a line is typed.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from itertools import islice, pairwise
from pathlib import Path
from random import Random

from remediate.config.settings import load_config
from remediate.identity.evidence import Evidence
from remediate.records.dicom import FoundStudy
from remediate.records.ledger import EventType
from remediate.wiring import Session, now
from tests.bench.bench_plan import GIVEN, SURNAMES, Person

STUDIES, OWN = 100, 60
SWAPPED = str.maketrans("aeioumnrst", "eaoiunmtsr")

Writes = Callable[[Evidence, Random], Evidence]


def day_and_month(told: Evidence, chance: Random) -> Evidence:
    """Typed in the other order, or the next day."""
    year, month, day = told.birth_date[:4], told.birth_date[4:6], told.birth_date[6:]
    swapped = year + day + month
    return replace(
        told, birth_date=swapped if int(day) <= 12 and day != month else f"{year}{month}{int(day) % 27 + 1:02d}"
    )


def other_year(told: Evidence, chance: Random) -> Evidence:
    """One year off."""
    return replace(told, birth_date=f"{int(told.birth_date[:4]) + chance.choice((-1, 1))}{told.birth_date[4:]}")


def one_letter(told: Evidence, chance: Random) -> Evidence:
    """Another letter in the surname."""
    surname, _, rest = told.patient_name.partition("^")
    at = chance.randrange(len(surname) // 2, len(surname))
    changed = surname[:at] + surname[at].translate(SWAPPED) + surname[at + 1 :]
    return replace(told, patient_name=f"{changed if changed != surname else surname + 'e'}^{rest}")


def other_sex(told: Evidence, chance: Random) -> Evidence:
    """The wrong box ticked."""
    return replace(told, sex={"M": "F", "F": "M"}[told.sex])


def sibling(told: Evidence, chance: Random) -> Evidence:
    """Another given name, some years apart."""
    year = int(told.birth_date[:4]) + chance.choice((-4, -3, -2, 2, 3, 5))
    born = f"{year}{1 + chance.randrange(9):02d}{11 + chance.randrange(15)}"
    return replace(_named(told, chance), birth_date=born)


def twin(told: Evidence, chance: Random) -> Evidence:
    """Another given name, the same day."""
    return _named(told, chance)


def parent(told: Evidence, chance: Random) -> Evidence:
    """The same name, a generation earlier."""
    return replace(told, birth_date=f"{int(told.birth_date[:4]) - 24 - chance.randrange(9)}{told.birth_date[4:]}")


def stranger(told: Evidence, chance: Random) -> Evidence:
    """A number mistyped: somebody else altogether."""
    name = f"{chance.choice(SURNAMES)}^{chance.choice(GIVEN)}"
    return replace(told, patient_name=name, birth_date=f"{1931 + chance.randrange(70)}{told.birth_date[4:]}")


def _named(told: Evidence, chance: Random) -> Evidence:
    surname, _, given = told.patient_name.partition("^")
    return replace(told, patient_name=f"{surname}^{chance.choice([one for one in GIVEN if one not in given])}")


MISTYPED: tuple[Writes, ...] = (day_and_month, other_year, one_letter, other_sex)
SOMEBODY_ELSE: tuple[Writes, ...] = (sibling, twin, parent, stranger)


def make(folder: Path, seed: int) -> None:
    """Two ledgers, the truth, and what to do."""
    chance = Random(seed)
    truth: dict[str, str] = {}
    for number, name in enumerate(("sheet", "page")):
        ours = folder / name
        _called("init", "--dir", str(ours), "--config", str(ours / "config.yaml"))
        truth |= _filled(ours, range(number * STUDIES, (number + 1) * STUDIES), chance)
        _called("plan", "--config", str(ours / "config.yaml"), "--out", str(ours / "plan"))
    (folder / "truth.json").write_text(json.dumps(truth))
    sheet, page = folder / "sheet" / "config.yaml", folder / "page" / "config.yaml"
    print(f"spreadsheet: remediate --config {sheet} review export {folder}/list.csv --reveal --by NAME --why trial")
    print(f"             decide, then: remediate --config {sheet} review import {folder}/list.csv --by NAME")
    print(f"page:        remediate --config {page} web user add NAME --role reviewer --person NAME")
    print(f"             remediate --config {page} web, and decide all that stands in the queue")
    print(f"both done:   python -m tests.bench.bench_review score {folder}")


def _filled(folder: Path, numbers: range, chance: Random) -> dict[str, str]:
    """An EPD and studies; by Study Instance UID what is right."""
    everybody = (Person(1_000 + number) for number in range(numbers.start * 2, numbers.stop * 4))
    people = list(islice((one for one in everybody if one.bsn), len(numbers)))
    own = [number < OWN for number in range(len(people))]
    chance.shuffle(own)
    found, truth = [], {}
    for person, is_own in zip(people, own, strict=True):
        told = Evidence(
            patient_id=person.value,
            patient_name=f"{person.prefix} {person.surname}".strip() + f"^{person.first}",
            birth_date=person.birth_date,
            sex=person.sex,
        )
        told = chance.choice(MISTYPED if is_own else SOMEBODY_ELSE)(told, chance)
        uid = f"1.2.826.0.1.3680043.8.498.{person.value}"
        truth[uid] = "confirm" if is_own else "exclude"
        found.append(FoundStudy(study_instance_uid=uid, study_date="20240102", instances=1, evidence=told))
    config = load_config(folder / "config.yaml")
    with ExitStack() as stack:
        work = Session(config, stack, None, "bench")
        work.registry.begin_load("rule")
        work.registry.apply([person.change() for person in people], (), file="", now=now())
        work.ledger.save_found(found, now=now())
    return truth


def _called(*arguments: str) -> None:
    done = subprocess.run([sys.executable, "-m", "remediate", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)


def score(folder: Path) -> None:
    """Seconds a study and wrong decisions, for each way."""
    truth = json.loads((folder / "truth.json").read_text())
    for name in ("sheet", "page"):
        config = load_config(folder / name / "config.yaml")
        with ExitStack() as stack:
            work = Session(config, stack, None, "bench")
            waiting = {uid for uid in truth if work.ledger.study(uid) is not None}
            decided = {uid: one.decision.value for uid, one in work.ledger.reviews(waiting).items()}
            events = [entry.event for entry in work.ledger.events(type_=EventType.REVIEW_DECISION)]
            begun = [entry.event.at for entry in work.ledger.events(type_=EventType.EXPORT)]
        wrong = Counter(f"{said}, though {truth[uid]} is right" for uid, said in decided.items() if said != truth[uid])
        seconds = _seconds([event.at for event in events], begun, alone=name == "page")
        print(f"{name}: {len(decided)} of {len(waiting)} decided, {seconds} s a study")
        print(f"      {wrong.total()} wrong: {dict(wrong)}")


def _seconds(decided: list[datetime], begun: list[datetime], *, alone: bool) -> str:
    if len(decided) < 2:
        return "?"
    if alone:
        steps = [(after - before).total_seconds() for before, after in pairwise(decided)]
        return f"{statistics.median(steps):.1f}"
    return f"{(decided[-1] - min(begun)).total_seconds() / len(decided):.1f}"


def main() -> None:
    """Make, or score."""
    what, folder, *more = sys.argv[1:]
    if what == "make":
        make(Path(folder), int(more[0]) if more else 1)
    else:
        score(Path(folder))


if __name__ == "__main__":
    main()
