"""What the gateway's list of jobs says of whose studies are sent next: those that went wrong, and those like them.

Reads the list as `measure jobs` does. It orders work and proves nothing: a study is corrected on proof alone.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date

from remediate.identity.dates import read_da
from remediate.measure.job_list import JobState, ListedJob
from remediate.plan.order import NeedStore
from remediate.ports import CensusStore
from remediate.records.needs import AGES, STEP, KindOfStudy, Need, Ordering

_LIKE = 20
"""Studies for which the kind's age alone speaks, beside its own: a kind of three studies tells little."""
GRADES = 40
"""Kinds are graded by how often a study of them is sent, each grade half as often as the one before."""


def keep_sent_needs(jobs: Iterable[ListedJob], *, needs: NeedStore, census: CensusStore, ordering: Ordering) -> int:
    """Keep the studies that were sent, or were to be, the latest first, and how often each kind is sent; answers how
    many studies the jobs named that the ledger knows.

    Whether a study was right then does not matter: of those, a plan orders only what is not right now.
    """
    latest = _latest(jobs, census)
    sorts = needs.sorts_of(latest)
    needs.keep_needs("study", {uid: _rank(latest[uid], ordering.today) for uid in sorts})
    sent = Counter(
        kind_of(modalities, place, made, latest[uid]).key for uid, (modalities, place, made) in sorts.items()
    )
    rates = rates_of(sent, needs.stock_by_sort(ordering))
    needs.keep_needs("sort", {key: Need.LIKELY * STEP + grade_of(rate) for key, rate in rates.items()})
    return len(sorts)


def ages_of_sent(jobs: Iterable[ListedJob], *, needs: NeedStore, census: CensusStore) -> list[int]:
    """The age (index into `AGES`) of each study that the ledger knows, on the last day on which it was sent."""
    latest = _latest(jobs, census)
    sorts = needs.sorts_of(latest)
    return [kind_of(modalities, place, made, latest[uid]).age for uid, (modalities, place, made) in sorts.items()]


def _rank(day: date, today: date) -> int:
    return Need.UNSENT * STEP + max(0, (today - day).days)


def _latest(jobs: Iterable[ListedJob], census: CensusStore) -> dict[str, date]:
    """Each study of a job with the last day of one; a number counts where one study alone has it."""
    found: dict[str, date] = {}
    numbers: dict[str, date] = {}
    for job in jobs:
        if job.day is None or job.state is JobState.UNKNOWN:
            continue
        for names, into in ((job.study_instance_uids, found), (job.accession_numbers, numbers)):
            for name in names:
                into[name] = max(job.day, into.get(name, job.day))
    for number, uids in census.by_accession(numbers.keys()).items() if numbers else ():
        if len(uids) == 1:
            found[uids[0]] = max(numbers[number], found.get(uids[0], numbers[number]))
    return found


def kind_of(modalities: str, place: str, study_date: str, day: date) -> KindOfStudy:
    """What tells how often a study is sent, by its age on a day."""
    made = read_da(study_date)
    days = (day - made).days if isinstance(made, date) else -1
    age = next((at for at, most in enumerate(AGES) if 0 <= days < most), len(AGES))
    return KindOfStudy(modalities, place, age)


def rates_of(sent: Mapping[str, int], stock: Mapping[str, int]) -> dict[str, float]:
    """How often a study of each kind was sent, from the studies that were and those that there are.

    A kind with few studies leans on what is sent of its age. Kinds of which nothing was sent, of an age of which
    nothing was, are left out.
    """
    of_age, there = Counter[str](), Counter[str]()
    for counts, into in ((sent, of_age), (stock, there)):
        for key, number in counts.items():
            into[_age(key)] += number
    usual = {age: number / max(there[age], 1) for age, number in of_age.items()}
    found: dict[str, float] = defaultdict(float)
    for key in {*sent, *stock}:
        rate = (sent.get(key, 0) + _LIKE * usual.get(_age(key), 0.0)) / (stock.get(key, 0) + _LIKE)
        if rate:
            found[key] = rate
    return dict(found)


def _age(key: str) -> str:
    return key.rpartition("\x1f")[2]


def grade_of(rate: float) -> int:
    """0 for what is sent most, one more for each time that it is sent half as often."""
    return min(GRADES, max(0, round(-math.log2(rate)) + GRADES // 4)) if rate > 0 else GRADES
