"""What the gateway's jobs say of whose studies are sent next: those that went wrong, and kinds that are sent often."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from remediate.measure.sent_needs import GRADES, grade_of, kind_of, rates_of
from remediate.records.needs import AGES, KindOfStudy

TODAY = date(2026, 11, 29)


@pytest.mark.parametrize(
    ("made", "age"),
    [
        *(("20261129", 0), ("20261123", 0), ("20261122", 1), ("20251129", 5), ("20200101", 7), ("19900101", 8)),
        *(("", 8), ("20269999", 8), ("20261130", 8)),
    ],
)
def test_an_age_is_that_of_the_day_on_which_a_study_was_sent(made: str, age: int) -> None:
    assert kind_of("CT", "RAD", made, TODAY) == KindOfStudy("CT", "RAD", age)
    assert age <= len(AGES)


def test_each_age_of_the_ledger_is_that_of_the_list() -> None:
    """Both have the same edges: a day that is so many days old belongs to the next age."""
    for age, days in enumerate(AGES):
        assert kind_of("", "", f"{TODAY - timedelta(days=days - 1):%Y%m%d}", TODAY).age == age
        assert kind_of("", "", f"{TODAY - timedelta(days=days):%Y%m%d}", TODAY).age == age + 1


def test_a_kind_of_few_studies_leans_on_what_is_sent_of_its_age() -> None:
    often, seldom, one = (KindOfStudy(name, "", 0).key for name in ("CT", "CR", "XA"))
    old = KindOfStudy("CT", "", 8).key
    rates = rates_of({often: 900, seldom: 10, one: 1}, {often: 1000, seldom: 1000, one: 1, old: 500})
    assert rates[often] > rates[one] > rates[seldom] > 0  # one of one is no certainty
    assert old not in rates  # of that age nothing was ever sent
    assert grade_of(rates[often]) < grade_of(rates[seldom])


@pytest.mark.parametrize(
    ("rate", "grade"), [(1.0, 10), (0.5, 11), (0.25, 12), (0.0, GRADES), (1e-30, GRADES), (1e9, 0)]
)
def test_each_grade_is_sent_half_as_often_as_the_one_before(rate: float, grade: int) -> None:
    assert grade_of(rate) == grade
