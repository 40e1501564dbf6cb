"""Simulated nights as sentences, a table, a chart and a page of its own; calculates none of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from remediate.config.execute import WindowSettings
from remediate.night.simulation import Course, Scenario, Stock, StudyOrder
from remediate.report.drawing import Drawing, Line, Shape, Words
from remediate.report.measure.charts import LEFT, SMALL, axis
from remediate.report.measure.page import both_widths
from remediate.report.measure.tables import FigureTable
from remediate.report.measure.words import Say
from remediate.report.page_template import page_template
from remediate.report.page_words import PageWords
from remediate.report.palette import Ink
from remediate.shares import TARGET, enough, share_of
from remediate.texts import notation
from remediate.texts.language import Language, Sentence

_HEIGHT, _TOP = 260.0, 14.0
_INKS = (Ink.TEXT, Ink.GAP, Ink.CORRECTED, Ink.FOUND, Ink.SOFT)
_MOST_POINTS = 400
_MOST_WEEKS = 60
_MOST_NIGHTS = 60

WORDS: Mapping[str, Sentence] = {
    "title": Sentence("What the nights will do", "Wat de nachten zullen doen"),
    "stock": Sentence(
        "{studies} studies to correct, with {objects} objects; {review} wait for a person. Now {share} is right.",
        "{studies} onderzoeken te corrigeren, met {objects} objecten; {review} wachten op een mens. Nu is {share} "
        "goed.",
    ),
    "measured": Sentence(
        "Pace: {pace}, as the last batch had it.",
        "Tempo: {pace}, zoals de laatste batch haalde.",
    ),
    "assumed": Sentence(
        "Pace: {pace} is assumed, for no batch has told yet.",
        "Tempo: {pace} is aangenomen, want nog geen batch heeft het laten zien.",
    ),
    "unsized": Sentence(
        "The archive does not tell the size of {studies} of them; they count as the average.",
        "Van {studies} daarvan noemt het archief de omvang niet; zij tellen als het gemiddelde.",
    ),
    "short": Sentence(
        "As configured it ends at {share}: above 95 % needs {studies} more, which people must decide or which cannot "
        "be corrected yet.",
        "Zoals ingesteld eindigt het op {share}: boven 95 % vraagt er nog {studies}, waarover mensen moeten beslissen "
        "of die nog niet te corrigeren zijn.",
    ),
    "leaves_out": Sentence(
        "Studies that fail, and those that come in meanwhile, are not in it.",
        "Onderzoeken die mislukken, en die er intussen bijkomen, zitten er niet in.",
    ),
    "recent": Sentence(
        "Recent: made since {day}, {studies} studies, of which {share} is right now.",
        "Recent: gemaakt sinds {day}, {studies} onderzoeken, waarvan nu {share} goed is.",
    ),
    "too_long": Sentence(
        "{studies} studies are longer than any night under {what}: widen the window for them, or raise the pace.",
        "{studies} onderzoeken duren langer dan elke nacht onder {what}: verruim het venster daarvoor, of verhoog "
        "het tempo.",
    ),
    "as_configured": Sentence("as configured", "zoals ingesteld"),
    "scenario": Sentence("scenario", "scenario"),
    "nights": Sentence("nights", "nachten"),
    "done": Sentence("done", "klaar"),
    "passed": Sentence("above 95 %", "boven 95 %"),
    "recent_passed": Sentence("recent above 95 %", "recent boven 95 %"),
    "share": Sentence("share then", "aandeel dan"),
    "now": Sentence("now", "nu"),
    "never": Sentence("not", "niet"),
    "window": Sentence("window {what}", "venster {what}"),
    "pace": Sentence("{what} objects a second", "{what} objecten per seconde"),
    "order": Sentence("order: {what}", "volgorde: {what}"),
    "decisions": Sentence("{what} decisions a day", "{what} beslissingen per dag"),
    "plan": Sentence("as the plan", "zoals het plan"),
    "newest": Sentence("newest first", "nieuwste eerst"),
    "oldest": Sentence("oldest first", "oudste eerst"),
    "uid": Sentence("by Study Instance UID", "op Study Instance UID"),
    "sent_title": Sentence(
        "Share of what is sent that is right, by the ages that the jobs show; lists of appointments come on top",
        "Aandeel van wat verstuurd wordt dat goed is, naar de leeftijden in de takenlijst; afsprakenlijsten komen "
        "daar nog bij",
    ),
    "week_of": Sentence("on", "op"),
    "chart": Sentence("Share that is right, night by night", "Aandeel dat goed is, nacht na nacht"),
    "night": Sentence("night", "nacht"),
    "studies": Sentence("studies", "onderzoeken"),
    "objects": Sentence("objects", "objecten"),
    "right": Sentence("right", "goed"),
    "made_at": Sentence("Made {at}.", "Gemaakt op {at}."),
    "more_rows": Sentence("{more} more nights: {file}.", "Nog {more} nachten: {file}."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """What was simulated: the first scenario is the one that is configured."""

    stock: Stock
    scenarios: Sequence[tuple[str, Scenario, Course]]  # each with what it changes, as `named` says it
    is_measured: bool  # whether the pace is that of a batch
    begin: datetime
    zone: tzinfo


class SimulationWords(PageWords):
    """Speaks one language."""

    words = WORDS

    def day(self, at: datetime | None, simulated: Simulated) -> str:
        """On which day, `now` for the beginning itself, or that it does not come to it."""
        if at is None:
            return self("never")
        if at <= simulated.begin:
            return self("now")
        return notation.day(at.astimezone(simulated.zone), self.language)


def named(language: Language, *, window: WindowSettings | None = None, **changed: float | StudyOrder) -> str:
    """What a scenario changes of what is configured: one of `window`, `pace`, `order`, `decisions`."""
    say = SimulationWords(language)
    if window is not None:
        return say("window", what=f"{window.from_:%H:%M}-{window.to:%H:%M}")
    for kind, value in changed.items():
        if isinstance(value, StudyOrder):
            return say("order", what=say(value.value))
        decimals = next(at for at in range(7) if at == 6 or round(value, at) == round(value, 6))
        return say(kind, what=say.number(value, decimals))
    return say("as_configured")


def told(simulated: Simulated, language: Language) -> list[str]:
    """The sentences before the table."""
    say, stock = SimulationWords(language), simulated.stock
    first = simulated.scenarios[0][1]
    pace = notation.pace(first.objects_a_second, language)
    unsized = sum(1 for number in stock.objects if not number)
    lines = [
        say(
            "stock",
            studies=len(stock.objects),
            objects=sum(stock.objects),
            review=stock.review,
            share=_share(stock.correct, stock.counted, language),
        ),
        say("measured" if simulated.is_measured else "assumed", pace=pace),
    ]
    if unsized:
        lines.append(say("unsized", studies=unsized))
    if stock.recent_counted:
        since = notation.day(stock.recent_since, language)
        share = _share(stock.recent_correct, stock.recent_counted, language)
        lines.append(say("recent", day=since, studies=stock.recent_counted, share=share))
    for name, _, course in simulated.scenarios:
        if course.too_long:
            lines.append(say("too_long", studies=course.too_long, what=name))
    course = simulated.scenarios[0][2]
    if course.done_at is not None and course.passed_at is None and course.share is not None:
        right = course.nights[-1].correct if course.nights else stock.correct
        lines.append(say("short", share=say.share(course.share), studies=enough(stock.counted, TARGET) - right))
    return [*lines, say("leaves_out")]


def table(simulated: Simulated, language: Language) -> FigureTable:
    """One row for each scenario."""
    say = SimulationWords(language)
    heads = [say(key) for key in ("scenario", "nights", "done", "passed", "recent_passed", "share")]
    rows = [
        (
            name,
            say.number(sum(1 for night in course.nights if night.studies)),
            say.day(course.done_at, simulated),
            say.day(course.passed_at, simulated),
            say.day(course.recent_passed_at, simulated),
            "–" if course.share is None else say.share(course.share),
        )
        for name, _, course in simulated.scenarios
    ]
    return FigureTable(heads=tuple(heads), rows=rows)


def sent_table(simulated: Simulated, language: Language) -> FigureTable | None:
    """Week by week, a column for each scenario; None where no list of jobs told what is sent."""
    say = SimulationWords(language)
    courses = [(name, dict(course.sent)) for name, _, course in simulated.scenarios]
    days = sorted({day for _, sent in courses for day in sent})
    if not days:
        return None
    shown = days[:_MOST_WEEKS]
    rows = [
        (notation.day(day, language), *(say.share(sent[day]) if day in sent else "–" for _, sent in courses))
        for day in shown
    ]
    heads = (say("week_of"), *(name for name, _ in courses))
    return FigureTable(heads=heads, rows=rows, more=len(days) - len(shown))


def page(simulated: Simulated, language: Language, *, hospital: str) -> str:
    """The page as text: sentences, table, chart, and the nights of what is configured."""
    say = SimulationWords(language)
    chart = both_widths(lambda width: courses(simulated, language, width), say("chart"))
    return page_template("simulation.html.j2", trim=True).render(
        say=say,
        language=language.value,
        hospital=hospital,
        lines=told(simulated, language),
        table=table(simulated, language),
        chart=chart,
        legend=[(name, ink.variable) for (name, _, _), ink in zip(simulated.scenarios, _INKS, strict=False)],
        sent=sent_table(simulated, language),
        nights=_nights(simulated, say),
        made_at=say("made_at", at=say.moment(simulated.begin.astimezone(simulated.zone))),
    )


def _nights(simulated: Simulated, say: SimulationWords) -> FigureTable:
    nights = [night for night in simulated.scenarios[0][2].nights if night.studies]
    rows = [
        (
            notation.day(night.begins.astimezone(simulated.zone), say.language),
            say.number(night.studies),
            say.number(night.objects),
            say.share(night.share),
        )
        for night in nights[:_MOST_NIGHTS]
    ]
    heads = tuple(say(key) for key in ("night", "studies", "objects", "right"))
    return FigureTable(heads=heads, rows=rows, more=max(0, len(nights) - _MOST_NIGHTS))


def courses(simulated: Simulated, language: Language, width: float) -> Drawing:
    """The share after each night, a line for each of the first scenarios; the target is dashed."""
    bottom, shown = _HEIGHT - 22, simulated.scenarios[: len(_INKS)]
    last = max((course.nights[-1].ends for _, _, course in shown if course.nights), default=simulated.begin)
    span = (last - simulated.begin).total_seconds() or 1.0
    beginning = share_of(simulated.stock.correct, simulated.stock.counted) or 0.0

    def place(at: datetime, share: float) -> tuple[float, float]:
        across = (at - simulated.begin) / timedelta(seconds=span)
        return LEFT + 6 + (width - LEFT - 12) * across, bottom - (bottom - _TOP) * share

    shapes: list[Shape] = axis(width, _TOP, bottom, Say(language, simulated.zone))
    target = bottom - (bottom - _TOP) * TARGET
    shapes.append(Line(points=((LEFT, target), (width, target)), stroke=Ink.TEXT, width=1.5, dashed=True))
    shapes.append(Words(x=LEFT - 6, y=target + 4, text="95 %", size=SMALL, anchor="end", bold=True))
    for (_, _, course), ink in reversed(list(zip(shown, _INKS, strict=False))):
        every = max(1, len(course.nights) // _MOST_POINTS)
        points = [place(simulated.begin, beginning)]
        points += [place(night.ends, night.share) for night in (*course.nights[:-1:every], *course.nights[-1:])]
        shapes.append(Line(points=points, stroke=ink, width=2.5))
    days = (notation.day(at.astimezone(simulated.zone), language) for at in (simulated.begin, last))
    for x, text, anchor in zip((LEFT, width), days, ("start", "end"), strict=True):
        shapes.append(Words(x=x, y=_HEIGHT - 6, text=text, size=SMALL, fill=Ink.SOFT, anchor=anchor))  # type: ignore[arg-type]
    return Drawing(width=width, height=_HEIGHT, shapes=tuple(shapes))


def _share(correct: int, counted: int, language: Language) -> str:
    return notation.part_of(correct, counted, language)
