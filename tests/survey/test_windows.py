"""Windows leave out no day and ask for none twice, wherever the studies lie; parts stay below the archive's cap."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from remediate.survey.windows import Calendar, Window, halves

BEGIN, END = date(1998, 5, 3), date(2011, 2, 1)
days = st.lists(st.dates(date(1990, 1, 1), date(2015, 1, 1)), max_size=60).map(sorted).map(Calendar)


def assert_covers(found: list[Window], begin: date, end: date) -> None:
    """Every day from `begin` to `end` once."""
    assert (found[0][0], found[-1][1]) == (begin, end)
    assert all(first <= last for first, last in found)
    assert all(after[0] - before[1] == timedelta(days=1) for before, after in pairwise(found))


@given(days, st.integers(2, 20))
def test_every_day_is_asked_for_once(calendar: Calendar, cap: int) -> None:
    windows = calendar.windows(BEGIN, END)
    assert_covers(windows, BEGIN, END)
    for window in windows:
        parts = calendar.parts(window, cap)
        assert_covers(parts, *window)
        for first, last in parts:
            held = [day for day in calendar.days if first <= day <= last]
            busiest = max((held.count(day) for day in set(held)), default=0)
            assert len(held) < cap + busiest, "only a busy day can fill a part"


@given(days)
def test_a_window_with_studies_is_a_year_at_most_and_empty_ones_are_joined(calendar: Calendar) -> None:
    windows = calendar.windows(BEGIN, END)
    full = [any(first <= day <= last for day in calendar.days) for first, last in windows]
    assert all(first.year == last.year for (first, last), has in zip(windows, full, strict=True) if has)
    assert all(before or after for before, after in pairwise(full))


@given(st.dates(BEGIN, END), st.integers(1, 400))
def test_halves_are_the_whole(begin: date, length: int) -> None:
    end = begin + timedelta(days=length)
    assert_covers(list(halves((begin, end))), begin, end)
