"""The tables of a measurement as texts in one language, for page and console alike. Counts nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from remediate.measure.coverage import UNKNOWN
from remediate.report.measure.words import Say

MOST_ROWS = 15
"""Groups in a table for people; the CSV has all."""

MOST_IN_ORDER = 60
"""Years, weeks or months in a table for people: the last ones."""

Groups = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureTable:
    """Heads and rows. All columns but `words` hold numbers."""

    heads: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    words: frozenset[int] = frozenset({0})
    more: int = 0  # rows that were left out


def chosen(groups: Groups, *, in_order: bool) -> list[tuple[str, Mapping[str, Any]]]:
    """The last groups in their order, or those with the most that is not right first."""
    if in_order:
        return list(groups.items())[-MOST_IN_ORDER:]
    ranked = sorted(groups.items(), key=lambda pair: (pair[1]["correct"] - pair[1]["studies"], -pair[1]["studies"]))
    return ranked[:MOST_ROWS]


def is_telling(groups: Groups) -> bool:
    """Whether a dimension tells anything: that all groups are unknown is no table."""
    return set(groups) - {UNKNOWN} != set()


def coverage_table(groups: Groups, say: Say, *, in_order: bool) -> FigureTable:
    """Groups of the archive: as found, now, and what can be corrected."""
    shown = chosen(groups, in_order=in_order)
    rows = [
        (
            say.group(name),
            say.number(group["studies"]),
            say.per_cent(group["before"], group["studies"]),
            say.per_cent(group["correct"], group["studies"]),
            say.number(group["projected"] - group["correct"]),
        )
        for name, group in shown
    ]
    heads = (say("group"), say("studies"), say("as_found"), say("now"), say("can_be_corrected"))
    return FigureTable(heads=heads, rows=rows, more=len(groups) - len(shown))


def share_table(groups: Groups, say: Say, *, in_order: bool) -> FigureTable:
    """Groups of a sample, of what was sent or of what was received."""
    shown = chosen(groups, in_order=in_order)
    rows = [
        (
            say.group(name),
            say.number(group["studies"]),
            say.number(group["correct"]),
            say.per_cent(group["correct"], group["studies"]),
        )
        for name, group in shown
    ]
    heads = (say("group"), say("judged"), say("right"), say("share"))
    return FigureTable(heads=heads, rows=rows, more=len(groups) - len(shown))


def jobs_table(groups: Groups, say: Say, *, in_order: bool) -> FigureTable:
    """Groups of jobs: how they ended; and the studies that they sent, judged and right."""
    shown = chosen(groups, in_order=in_order)
    rows = [
        (
            say.group(name),
            *(say.number(group[state]) for state in ("finished", "failed", "waiting")),
            say.number(group["sent"]),
            say.number(group["studies"]),
            say.number(group["correct"]),
            say.per_cent(group["correct"], group["studies"]),
        )
        for name, group in shown
    ]
    states = (say("finished"), say("failed"), say("waiting"))
    heads = (say("group"), *states, say("sent"), say("judged"), say("right"), say("share"))
    return FigureTable(heads=heads, rows=rows, more=len(groups) - len(shown))


def senders_table(groups: Groups, say: Say) -> FigureTable:
    """Institutions that sent studies, with whether the address book knows them."""
    table = share_table(groups, say, in_order=False)
    names = [name for name, _ in chosen(groups, in_order=False)]
    rows = [
        (*row, "✓" if groups[name]["contact"] else say("no_contact"))
        for name, row in zip(names, table.rows, strict=True)
    ]
    words = frozenset({0, len(table.heads)})
    return FigureTable(heads=(*table.heads, say("contact")), rows=rows, words=words, more=table.more)


def reason_table(reasons: Mapping[str, int], say: Say, *, code_first: bool = False) -> FigureTable:
    """How often each reason occurs, with its sentence; on a console the short code goes before it."""
    rows = [(say.number(number), say.why(code), code) for code, number in reasons.items()]
    heads = (say("number"), say("reason"), "code")
    if code_first:
        rows = [(number, code, sentence) for number, sentence, code in rows]
        heads = (heads[0], heads[2], heads[1])
    return FigureTable(heads=heads, rows=rows, words=frozenset({1, 2}))


def text_table(texts: Mapping[str, int], say: Say) -> FigureTable:
    """How often each text of another system occurs."""
    rows = [(say.number(number), text) for text, number in list(texts.items())[:MOST_ROWS]]
    return FigureTable(
        heads=(say("number"), say("reason")), rows=rows, words=frozenset({1}), more=max(0, len(texts) - MOST_ROWS)
    )


def problem_table(problems: Mapping[str, Mapping[str, Any]], say: Say) -> FigureTable:
    """Lines of a file that need a look: how many, which ones, and why."""
    rows = []
    for code, found in problems.items():
        lines = ", ".join(str(line) for line in found["lines"][:8]) + (", …" if found["number"] > 8 else "")
        words = ", ".join(f"{word} ({say.number(number)})" for word, number in found.get("words", {}).items())
        sentence = say.why(code) + (f" {words}" if words else "")
        rows.append((say.number(found["number"]), lines, sentence))
    return FigureTable(heads=(say("number"), say("lines"), say("reason")), rows=rows, words=frozenset({1, 2}))


def strata_table(groups: Groups, say: Say) -> FigureTable:
    """Strata of a sample."""
    rows = [
        (
            say.group(name),
            say.number(group["population"]),
            say.number(group["drawn"]),
            say.number(group["studies"]),
            say.number(group["correct"]),
            say.per_cent(group["correct"], group["studies"]),
        )
        for name, group in groups.items()
    ]
    heads = (say("group"), say("population"), say("drawn"), say("judged"), say("right"), say("share"))
    return FigureTable(heads=heads, rows=rows)


def course_table(trend: Mapping[str, Any], say: Say) -> FigureTable:
    """The last measurements of the archive."""
    shown = trend["points"][-MOST_IN_ORDER:]
    named = [(say.moment(point["at"]), point) for point in shown]
    return _shares_table(say("measured_at"), named, say, more=len(trend["points"]) - len(shown))


def period_table(points: Mapping[str, Mapping[str, Any]], say: Say) -> FigureTable:
    """Coverage by week or month: of each the last measurement."""
    shown = list(points.items())[-MOST_IN_ORDER:]
    return _shares_table(say("group"), shown, say, more=len(points) - len(shown))


def _shares_table(head: str, named: Sequence[tuple[str, Mapping[str, Any]]], say: Say, *, more: int) -> FigureTable:
    """Each point's share; where headers were not read, how many studies it says nothing about."""
    unread = any(point.get("not_looked_at") for _, point in named)
    rows = [
        (
            name,
            say.number(point["studies"]),
            say.number(point["correct"]),
            say.per_cent(point["correct"], point["studies"]),
            *((say.number(point.get("not_looked_at", 0)),) if unread else ()),
        )
        for name, point in named
    ]
    heads = (head, say("studies"), say("right"), say("share"), *((say("unread"),) if unread else ()))
    return FigureTable(heads=heads, rows=rows, more=more)


def points_table(points: Sequence[Mapping[str, Any]], say: Say) -> FigureTable:
    """One course, oldest first; of a sample with its interval and from what it was drawn, of what was sent with its
    bounds and its days."""
    rows = [
        (
            say.moment(point["at"]),
            say.number(point["studies"]),
            say.number(point["correct"]),
            say.per_cent(point["correct"], point["studies"]),
            _ends(point.get("interval") or point.get("bounds"), say),
            say.source(point["source"]) if point.get("source") else days_of(point, say) or "–",
        )
        for point in points[-MOST_IN_ORDER:]
    ]
    heads = (say("measured_at"), say("judged"), say("right"), say("share"), say("between"), say("of_what"))
    words = frozenset({0, 5})
    return FigureTable(heads=heads, rows=rows, words=words, more=max(0, len(points) - MOST_IN_ORDER))


def days_of(point: Mapping[str, Any], say: Say) -> str:
    """The days of which a figure speaks; "" of all of them."""
    period = point.get("period") or {}
    ends = [say.day(date.fromisoformat(period[end])) if period.get(end) else "…" for end in ("from", "to")]
    return "" if ends == ["…", "…"] else f"{ends[0]} – {ends[1]}"


def _ends(ends: Sequence[float] | None, say: Say) -> str:
    return f"{say.least(ends[0])} – {say.most(ends[1])}" if ends else "–"


def ends_table(courses: Mapping[str, Sequence[Mapping[str, Any]]], say: Say) -> FigureTable:
    """Several courses: the share at the first measurement, at the one before the last, and at the last."""
    rows = []
    for name, points in list(courses.items())[:MOST_ROWS]:
        before = points[-2] if len(points) > 1 else None
        shares = (_share(point, say) for point in (points[0], before, points[-1]))
        rows.append((say.rule(name), say.number(len(points)), *shares))
    heads = (say("group"), say("measurements"), say("first"), say("before_last"), say("now"))
    return FigureTable(heads=heads, rows=rows, more=max(0, len(courses) - MOST_ROWS))


def batch_table(trend: Mapping[str, Any], say: Say) -> FigureTable:
    """What each batch did to the number."""
    rows = [
        (
            f"{batch['batch']} · {say.moment(batch['at'])}",
            say.number(batch["verified"]),
            say.number(batch["rolled_back"]),
            say.points(batch["points"]),
            *(_share(batch[end], say) for end in ("before", "after")),
        )
        for batch in trend["batches"][-MOST_IN_ORDER:]
    ]
    heads = (say("batch"), say("verified"), say("rolled_back"), say("points"), say("before"), say("after"))
    return FigureTable(heads=heads, rows=rows, more=max(0, len(trend["batches"]) - MOST_IN_ORDER))


def _share(point: Mapping[str, Any] | None, say: Say) -> str:
    if not point:
        return "–"
    days = days_of(point, say)
    return say.per_cent(point["correct"], point["studies"]) + (f" ({days})" if days else "")
