"""The board's sheet: one printed page with the number, how sure it is and where it stands; all else is an annex.

And a mail to the campaign that says the same. Figures in, text out; counts nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from remediate.report.inflow_words import fallen_groups
from remediate.report.measure import charts
from remediate.report.measure.lines import newest_year, not_judged
from remediate.report.measure.page import PageFigures, both_widths
from remediate.report.measure.tables import days_of
from remediate.report.measure.words import Say
from remediate.report.page_template import page_template
from remediate.texts.language import Language, Sentence
from remediate.texts.notation import counted

_OLD_DAYS = 31
"""A figure that is older than the others by this much is marked."""

_SAID: Mapping[str, Sentence] = {
    "title": Sentence("BSN in the right place: for the board", "BSN op de juiste plaats: voor het bestuur"),
    "interval": Sentence(
        "by a random sample of {judged} of {population} studies",
        "volgens een steekproef van {judged} van {population} onderzoeken",
    ),
    "sample": Sentence("by a random sample", "volgens een steekproef"),
    "between": Sentence(
        "between {low} and {high}, with {confidence} confidence; more than {target}: {verdict}",
        "tussen {low} en {high}, met {confidence} zekerheid; meer dan {target}: {verdict}",
    ),
    "draw": Sentence("; draw {number} of {draws}", "; trekking {number} van {draws}"),
    "shown": Sentence("shown", "aangetoond"),
    "not-shown": Sentence("not shown", "niet aangetoond"),
    "refuted": Sentence("refuted", "weerlegd"),
    "unread": Sentence(
        "; not looked at: {number}, so of all between {low} and {high}",
        "; niet bekeken: {number}, dus van alles tussen {low} en {high}",
    ),
    "not_looked_at": Sentence("; not looked at: {number}", "; niet bekeken: {number}"),
    "unjudged": Sentence(
        "; not judged: {number}, so of all between {low} and {high}",
        "; niet te beoordelen: {number}, dus van alles tussen {low} en {high}",
    ),
    "target": Sentence("target (Twiin)", "doel (Twiin)"),
    "more_than": Sentence("more than {target}: {verdict}", "meer dan {target}: {verdict}"),
    "yes": Sentence("reached", "gehaald"),
    "no": Sentence("not reached", "niet gehaald"),
    "open": Sentence("not shown", "niet aangetoond"),
    "found": Sentence("as found", "zoals aangetroffen"),
    "now": Sentence("now", "nu"),
    "possible": Sentence("once all that can be is corrected", "als alles wat kan gecorrigeerd is"),
    "received": Sentence("received from others", "ontvangen van anderen"),
    "of": Sentence("{correct} of {studies}: {share}", "{correct} van {studies}: {share}"),
    "sent": Sentence("sent", "verzonden"),
    "judged": Sentence(
        "{correct} of {studies} judged: {share}; {unjudged} of {sent} could not be judged",
        "{correct} van {studies} beoordeelde: {share}; {unjudged} van {sent} niet te beoordelen",
    ),
    "inflow": Sentence("newest study year, as found", "nieuwste onderzoeksjaar, zoals aangetroffen"),
    "inflow_28": Sentence("inflow of 28 days, as it came", "instroom van 28 dagen, zoals binnengekomen"),
    "inflow_fell": Sentence("{of}; fallen: {groups}", "{of}; gedaald: {groups}"),
    "in_year": Sentence("{year}: {correct} of {studies}, {share}", "{year}: {correct} van {studies}, {share}"),
    "exceptions": Sentence("legitimately without a BSN", "terecht zonder BSN"),
    "none": Sentence("none", "geen"),
    "never": Sentence("not measured", "niet gemeten"),
    "old": Sentence("older than the rest", "ouder dan de rest"),
    "figure": Sentence("figure", "cijfer"),
    "says": Sentence("says", "zegt"),
    "measured": Sentence("measured", "gemeten"),
    "annex": Sentence(
        "Annex: measure.html in the same folder, with every table, reason and list.",
        "Bijlage: measure.html in dezelfde map, met alle tabellen, redenen en lijsten.",
    ),
    "subject": Sentence(
        "Niet zonder BSN de deur uit! Figures of {hospital}", "Niet zonder BSN de deur uit! Cijfers van {hospital}"
    ),
    "greeting": Sentence("Dear campaign team,", "Geacht campagneteam,"),
    "intro": Sentence("Our figures, as measured in our archive:", "Onze cijfers, zoals gemeten in ons archief:"),
    "bye": Sentence("Kind regards,", "Met vriendelijke groet,"),
    "ours": Sentence("[your institution]", "[naam van uw instelling]"),
}


class BoardRow(NamedTuple):
    """One figure: what it is, what it says, and when it was measured."""

    name: str
    text: str
    day: str = ""
    is_old: bool = False


def board(measured: PageFigures, language: Language) -> str:
    """The sheet."""
    say = Say(language, measured.at.tzinfo)
    figures = measured.survey
    return page_template("measure_board.html.j2", trim=True).render(
        m=measured,
        say=say,
        told=_Teller(say),
        language=language.value,
        share=say.per_cent(figures["correct"], figures["studies"]),
        rows=list(_rows(measured, say)),
        gauge=both_widths(lambda width: charts.gauge(figures, say, width), say("title")),
        legend=both_widths(lambda width: charts.legend(say, width), say("title")),
    )


def campaign_mail(measured: PageFigures, language: Language) -> str:
    """A mail to the campaign with the same figures: a subject, a blank line, and the text."""
    say = Say(language, measured.at.tzinfo)
    told = _Teller(say)
    hospital = measured.hospital or told("ours")
    width = max(len(row.name) for row in _rows(measured, say)) + 1
    rows = [f"{row.name + ':':{width}} {row.text}{f' ({row.day})' if row.day else ''}" for row in _rows(measured, say)]
    parts = (told("greeting"), told("intro"), "\n".join(rows), f"{told('bye')}\n{hospital}")
    return f"{say('subject_line')}: {told('subject', hospital=hospital)}\n\n" + "\n\n".join(parts) + "\n"


class _Teller:
    """Speaks this sheet's sentences."""

    def __init__(self, say: Say) -> None:
        self._say = say

    def __call__(self, key: str, **values: Any) -> str:
        return _SAID[key].in_(self._say.language).format(**counted(values, self._say.language))


def _rows(measured: PageFigures, say: Say) -> Iterator[BoardRow]:
    told = _Teller(say)
    figures = measured.survey

    def of(correct: int, studies: int) -> str:
        return told("of", correct=correct, studies=studies, share=say.per_cent(correct, studies))

    def row(name: str, kind: str, text: str) -> BoardRow:
        at = (measured.measured_at or {}).get(kind, "")
        moment = datetime.fromisoformat(at).astimezone(say.zone) if at else None
        is_old = moment is not None and (measured.at - moment).days > _OLD_DAYS
        return BoardRow(name, text, say.day(moment) if moment else "", is_old)

    verdict = {True: "yes", False: "no", None: "open"}[figures["reached"]]
    studies = figures["studies"]
    yield row(told("now"), "survey", of(figures["correct"], studies) + _unread(figures, told, say))
    target = say.share(figures["target"], 0)
    yield row(told("target"), "survey", told("more_than", target=target, verdict=told(verdict)))
    yield _sampled(measured, told, say, row)
    yield row(told("found"), "survey", of(figures["before"]["correct"], studies))
    yield row(told("possible"), "survey", of(figures["projected"]["correct"], studies))
    if measured.new and measured.new["studies"]:
        text = of(measured.new["correct"], measured.new["studies"]) + f" ({days_of(measured.new, say)})"
        fallen = ", ".join(fallen_groups(measured.new, say))
        yield row(told("inflow_28"), "new", told("inflow_fell", of=text, groups=fallen) if fallen else text)
    for year, group in () if measured.new else newest_year(figures):
        share = say.per_cent(group["before"], group["studies"])
        text = told("in_year", year=year, correct=group["before"], studies=group["studies"], share=share)
        if unread := group.get("not_looked_at"):
            text += told("not_looked_at", number=unread)
        yield row(told("inflow"), "survey", text)
    received, sent = measured.received, measured.jobs
    if received:
        days = days_of(received, say)
        text = of(received["correct"], received["studies"]) + (f" ({days})" if days else "")
        if unjudged := not_judged(received):
            text += _between("unjudged", unjudged, received, told, say)
        yield row(told("received"), "received", text)
    else:
        yield BoardRow(told("received"), told("never"))
    if sent:
        numbers = {name: sent[name] for name in ("correct", "studies", "unjudged", "sent")}
        yield row(
            told("sent"), "jobs", told("judged", **numbers, share=say.per_cent(numbers["correct"], numbers["studies"]))
        )
    else:
        yield BoardRow(told("sent"), told("never"))
    excepted = sum(figures["exceptions"].values())
    text = f"{say.number(excepted)}{say.rules(figures['exceptions'])}" if excepted else told("none")
    yield row(told("exceptions"), "survey", text)


def _sampled(measured: PageFigures, told: _Teller, say: Say, row: Any) -> BoardRow:
    sample = measured.archive_sample
    if not sample or not sample["interval"]:
        return BoardRow(told("sample"), told("never"))
    low, high = sample["interval"]
    confidence = say.confidence(sample["confidence"])
    target, verdict = say.share(sample["target"], 0), told(sample["verdict"])
    ends = {"low": say.least(low), "high": say.most(high)}
    text = told("between", **ends, confidence=confidence, target=target, verdict=verdict)
    draws = sample.get("draws") or {"draws": 1}
    if draws["draws"] > 1:
        text += told("draw", number=draws["number"], draws=draws["draws"])
    found: BoardRow = row(
        told("interval", judged=sample["studies"], population=sample["population"]), "archive_sample", text
    )
    return found


def _unread(figures: Mapping[str, Any], told: _Teller, say: Say) -> str:
    """What a share leaves open where headers were not read."""
    return _between("unread", figures["not_looked_at"], figures, told, say) if figures["not_looked_at"] else ""


def _between(key: str, number: int, figures: Mapping[str, Any], told: _Teller, say: Say) -> str:
    low, high = figures["bounds"]
    return told(key, number=number, low=say.least(low), high=say.most(high))
