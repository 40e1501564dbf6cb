"""What our adversaries make of a registry, told piece by piece: a plan that uses earlier decisions is the plan without.

And some thousand studies of the bench, of which some change.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from remediate.cli.commands import CommandState
from remediate.cli.output import Output
from remediate.cli.wiring import session
from remediate.plan.judge import Judge
from remediate.plan.planning import Planner
from remediate.records.dicom import FoundStudy
from remediate.wiring import Session, now
from tests.bench import adversarial_histories, adversarial_rivals, bench_plan
from tests.bench.adversarial_hospital import Hospital, Study, evidence_of


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many headers were judged at a time."""
    found: list[int] = []
    prove = Judge.prove

    def counted(judge: Judge, studies: list) -> object:  # type: ignore[type-arg]
        found.append(len(studies))
        return prove(judge, studies)

    monkeypatch.setattr(Judge, "prove", counted)
    return found


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def here(request: pytest.FixtureRequest, tmp_path: Path) -> Hospital:
    """A hospital whose ledger is on either database."""
    if request.param == "sqlite":
        return Hospital(tmp_path)
    return Hospital(tmp_path, ledger={"url": request.getfixturevalue("postgresql_url")})


def surveyed(here: Hospital, studies: Sequence[Study], random: Random) -> None:
    """The studies as a survey saves them, by what their bytes say."""
    with opened(here) as work:
        work.ledger.save_found(
            [
                FoundStudy(
                    study_instance_uid=f"2.25.{at}",
                    study_date=study.day,
                    instances=1,
                    evidence=evidence_of(f"2.25.{at}", study, work, random).headers[0],
                )
                for at, study in enumerate(studies)
            ],
            now=now(),
        )


def opened(here: Hospital) -> Session:
    return session(CommandState(here.folder / "config.yaml", Output(), language_given=False), exclusive=False)  # type: ignore[return-value]


def same_with_and_without(here: Hospital, judged: list[int]) -> int:
    """How many headers the plan judged that used what it may."""
    with opened(here) as work:
        ledger = work.ledger
        planner = Planner(
            studies=ledger, decisions=ledger, reviews=ledger, plans=ledger, batches=ledger, vault=ledger,
            judge=work.judge, config=work.config,
        )  # fmt: skip
        judged.clear()
        kept = planner.make(now=now(), actor="", plan_id=ledger.next_plan_id()).document
        number = sum(judged)
        ledger.begin_decisions("", "of nothing that is kept")
        anew = planner.make(now=now(), actor="", plan_id=ledger.next_plan_id()).document
    assert list(kept.items) == list(anew.items)
    assert kept.digest == anew.digest
    return number


def parts(told: Sequence[str], random: Random, number: int) -> Iterator[Sequence[str]]:
    """What was told, in so many pieces, of which the last are small."""
    cuts = sorted({0, len(told), *(len(told) - random.randrange(1, 40) for _ in range(number - 1))})
    return (told[begin:end] for begin, end in pairwise(cuts))


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(2, 12))])
def test_histories_of_a_registry(here: Hospital, judged: list[int], seed: int) -> None:
    random = Random(seed)
    stories = adversarial_histories.make_world(random, 110)
    surveyed(here, [study for story in stories for study in story.studies], random)
    rows = [row for story in stories for row in story.rows]
    if rows:
        here.load_rows(rows)
    numbers = []
    for part in parts(adversarial_histories.delivered(random, stories), random, 3):
        here.load("".join(part), "hl7")
        numbers.append(same_with_and_without(here, judged))
    assert 0 < min(numbers[1:]) < max(numbers)


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(2, 12))])
def test_rivals_who_come_one_after_the_other(here: Hospital, judged: list[int], seed: int) -> None:
    random = Random(seed)
    people, pairs = adversarial_rivals.world(random, pairs=50)
    rivals = adversarial_rivals.Rivals([human.row for human in people])
    surveyed(
        here, [s for kind, pair in pairs for s in adversarial_rivals.studies_of(random, kind, pair, rivals, 2)], random
    )
    numbers = []
    for part in parts(range(len(people)), random, 3):  # type: ignore[arg-type]
        here.load_rows([people[at].row for at in part])  # type: ignore[index]
        numbers.append(same_with_and_without(here, judged))
    assert min(numbers[1:]) < max(numbers)


def test_some_thousand_studies_are_planned_as_if_for_the_first_time(tmp_path: Path, judged: list[int]) -> None:
    bench_plan.make(tmp_path, 2_000, 400)
    database, ledger, planner = bench_plan.ready(tmp_path, 1)

    def digest() -> str:
        return planner.make(now=bench_plan.NOW, actor="", plan_id=ledger.next_plan_id()).document.digest

    first, at_first = digest(), sum(judged)
    assert digest() == first
    assert sum(judged) == at_first
    bench_plan.change_studies(tmp_path, 2_000, 400)
    bench_plan.change_patients(tmp_path, 400)
    changed = digest()
    assert changed != first
    assert at_first < sum(judged) < 1.1 * at_first
    ledger.begin_decisions("", "of nothing that is kept")
    assert digest() == changed
    database.close()
