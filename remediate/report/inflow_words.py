"""What the inflow says, in English and Dutch: sentences, names of groups, tables. Figures in, lines out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from remediate.measure.coverage import UNKNOWN
from remediate.measure.inflow import ALL, FEW, NotCounted
from remediate.report.measure.tables import MOST_IN_ORDER, FigureTable, chosen, days_of
from remediate.report.measure.words import Say
from remediate.texts.language import Sentence
from remediate.texts.notation import counted

SAID: Mapping[str, Sentence] = {
    "title": Sentence("Inflow", "Instroom"),
    "headline_made": Sentence(
        "Of {studies} {studies:study|studies} made from {first} to {last}, {correct} had the BSN in the right place "
        "as they came: "
        "{share}.",
        "Van {studies} {studies:onderzoek|onderzoeken}, gemaakt van {first} tot en met {last}, stond bij {correct} "
        "het BSN op de juiste "
        "plaats toen ze binnenkwamen: {share}.",
    ),
    "headline_came": Sentence(
        "Of {studies} {studies:study|studies} that came from {first} to {last}, {correct} had the BSN in the right "
        "place as they came: "
        "{share}.",
        "Van {studies} {studies:onderzoek|onderzoeken}, binnengekomen van {first} tot en met {last}, stond bij "
        "{correct} het BSN op de "
        "juiste plaats toen ze binnenkwamen: {share}.",
    ),
    "none_made": Sentence(
        "No study that was judged was made from {first} to {last}, so there is no share.",
        "Van {first} tot en met {last} is geen onderzoek gemaakt dat beoordeeld is, dus er is geen percentage.",
    ),
    "none_came": Sentence(
        "No study that was judged came from {first} to {last}, so there is no share.",
        "Van {first} tot en met {last} is geen onderzoek binnengekomen dat beoordeeld is, dus er is geen percentage.",
    ),
    "never": Sentence(
        "Nothing was surveyed yet, so nothing is known of what comes in.",
        "Er is nog niets geïnventariseerd, dus over de instroom is niets bekend.",
    ),
    "stale": Sentence(
        "The archive was last surveyed {days} days ago: what came after {last} is not in here, and a fall since then "
        "is not seen. Survey it first.",
        "Het archief is {days} dagen geleden voor het laatst geïnventariseerd: wat na {last} binnenkwam, zit hier niet "
        "in, en een daling van daarna is niet te zien. Inventariseer het eerst.",
    ),
    "summary_stale": Sentence("; last survey {days} days ago", "; laatste inventarisatie {days} dagen geleden"),
    "no_fall": Sentence(
        "No fall on {charts} control {charts:chart|charts}.",
        "Geen daling op {charts} {charts:controlekaart|controlekaarten}.",
    ),
    "fallen": Sentence(
        "Fallen: {group}, since {since}: from {before} to {after}, {interval}. {chance} Noticed on {noticed}.",
        "Gedaald: {group}, sinds {since}: van {before} naar {after}, {interval}. {chance} Opgemerkt op {noticed}.",
    ),
    "low": Sentence(
        "New and low: {group}, since its first study on {since}: {after}, {interval}; the others have {before}. "
        "{chance} Noticed on {noticed}.",
        "Nieuw en laag: {group}, vanaf het eerste onderzoek op {since}: {after}, {interval}; de andere hebben "
        "{before}. {chance} Opgemerkt op {noticed}.",
    ),
    "part": Sentence("{share} ({correct} of {studies})", "{share} ({correct} van {studies})"),
    "between": Sentence("between {low} and {high} with 95 % confidence", "tussen {low} en {high} met 95 % zekerheid"),
    "chance": Sentence(
        "{without}, so few would be right once in some {times} times.",
        "{without} zou het ongeveer één op de {times} keer zo laag uitvallen.",
    ),
    "chance_small": Sentence(
        "{without}, so few would be right less than once in a million times.",
        "{without} zou het minder dan één op de miljoen keer zo laag uitvallen.",
    ),
    "without_fallen": Sentence("Without a change", "Zonder verandering"),
    "without_low": Sentence("If it were as with the others", "Als het was zoals bij de andere,"),
    "back": Sentence(
        "Back at its level: {group}, after a fall from {since} to {until}.",
        "Weer op niveau: {group}, na een daling van {since} tot en met {until}.",
    ),
    "also": Sentence("Seen for that reason too in: {groups}.", "Daardoor ook te zien in: {groups}."),
    "learning": Sentence(
        "No reference yet: {studies} of the {needs} studies that it takes, on {days} different days. Until then no "
        "fall can be told.",
        "Nog geen uitgangsniveau: {studies} van de {needs} onderzoeken die daarvoor nodig zijn, op {days} "
        "verschillende dagen. Tot dan is geen daling te zien.",
    ),
    "rates": Sentence(
        "False alarms: at most {rate} a year over all charts together ({charts}), as long as studies are right "
        "or wrong independently of each other. Falls of less than {least} points are not told.",
        "Vals alarm: hooguit {rate} keer per jaar over alle controlekaarten samen ({charts}), "
        "zolang onderzoeken los van elkaar goed of fout zijn. Dalingen van minder dan {least} procentpunt worden niet "
        "gemeld.",
    ),
    "noticed": Sentence(
        "At {per_day} studies a day, a fall of all studies is noticed with a chance of at least {chance}: {falls}.",
        "Bij {per_day} onderzoeken per dag wordt een daling van alle onderzoeken met een kans van ten minste {chance} "
        "opgemerkt: {falls}.",
    ),
    "within": Sentence("of {points} points within {days} days", "van {points} procentpunt binnen {days} dagen"),
    "never_within": Sentence("none within {days} days", "geen enkele binnen {days} dagen"),
    "left_out": Sentence("Not in the charts: {reasons}.", "Niet in de kaarten: {reasons}."),
    "senders": Sentence(
        "By sender only once measure.own_institutions names your own institutions.",
        "Per afzender pas als measure.own_institutions uw eigen instellingen noemt.",
    ),
    "next_fall": Sentence(
        "Send the note to who can look: {note}. Where the new level is meant to be, put it into measure.new.accepted.",
        "Stuur de notitie aan wie kan kijken: {note}. Is het nieuwe niveau de bedoeling, zet het dan bij "
        "measure.new.accepted.",
    ),
    "summary": Sentence(
        "inflow {share} as it came ({correct} of {studies} in 28 days); {falls}",
        "instroom {share} zoals binnengekomen ({correct} van {studies} in 28 dagen); {falls}",
    ),
    "summary_empty": Sentence(
        "inflow: no study to judge in 28 days; {falls}", "instroom: in 28 dagen geen onderzoek te beoordelen; {falls}"
    ),
    "summary_most": Sentence("; most of what is wrong: {groups}", "; het meeste dat fout is: {groups}"),
    "summary_none": Sentence("no fall", "geen daling"),
    "summary_fall": Sentence("FALLEN: {groups}", "GEDAALD: {groups}"),
    "all": Sentence("all studies", "alle onderzoeken"),
    "few": Sentence("small groups together", "kleine groepen samen"),
    "by_sender": Sentence("By sender", "Per afzender"),
    "sender": Sentence("sender", "afzender"),
    "head_made": Sentence("made", "gemaakt"),
    "head_came": Sentence("came in", "binnengekomen"),
    "head_days": Sentence("days", "dagen"),
    "head_fell": Sentence("fallen", "gedaald"),
    "head_share": Sentence("share in 28 days", "aandeel in 28 dagen"),
    "head_before": Sentence("before", "daarvoor"),
    "head_level": Sentence("level", "niveau"),
    "head_noticed": Sentence("noticed in {days} days", "te zien in {days} dagen"),
    "level_learning": Sentence("no reference yet", "nog geen uitgangsniveau"),
    "level_steady": Sentence("no fall", "geen daling"),
    "level_fallen": Sentence("FALLEN", "GEDAALD"),
    "level_low": Sentence("NEW AND LOW", "NIEUW EN LAAG"),
    "level_silent": Sentence("no studies any more", "geen onderzoeken meer"),
    "points": Sentence("{points} points", "{points} punten"),
    "legend": Sentence(
        "Dots: days. Line: seven days. Dashed: below it a fall is told.",
        "Punten: dagen. Lijn: zeven dagen. Gestreept: daaronder geldt het als daling.",
    ),
    "notes": Sentence("Notes, ready to send", "Notities, klaar om te versturen"),
}

_LEFT_OUT: Mapping[str, Sentence] = {
    NotCounted.NEWEST_DAY: Sentence("of the day of the last survey, which is not over yet",
        "van de dag van de laatste inventarisatie, die nog niet om is"),
    NotCounted.FUTURE: Sentence("dated in the future", "met een datum in de toekomst"),
    NotCounted.IMPOSSIBLE: Sentence("with a date that cannot be", "met een onmogelijke datum"),
    NotCounted.UNDATED: Sentence("without a date", "zonder datum"),
    NotCounted.EARLIER: Sentence("from before the charts begin", "van voor het begin van de kaarten"),
    NotCounted.LATE: Sentence("that came long after they were made", "die lang na het maken binnenkwamen"),
    NotCounted.TAKEN_OVER: Sentence(
        "taken over at once (made before a survey that did not see them yet)",
        "in één keer overgenomen (gemaakt voor een inventarisatie die ze nog niet zag)",
    ),
    NotCounted.FIRST_LOOK: Sentence("there at the first survey already", "bij de eerste inventarisatie al aanwezig"),
    NotCounted.NOT_LOOKED_AT: Sentence("of which no header was read", "waarvan geen header gelezen is"),
    NotCounted.UNKNOWN_WHEN: Sentence(
        "that others changed since, so that nobody knows how they came",
        "die anderen sindsdien wijzigden, zodat niemand weet hoe ze binnenkwamen",
    ),
    NotCounted.EXCEPTED: Sentence("legitimately without a BSN", "terecht zonder BSN"),
    NotCounted.TEST_STUDY: Sentence("our own test study", "ons eigen testonderzoek"),
    NotCounted.GONE: Sentence("no longer in the archive", "niet meer in het archief"),
}  # fmt: skip

Figures = Mapping[str, Any]

_STALE = 7
"""Days without a survey after which it is told: a fall has to be noticed within these."""

_RECENTLY = 14
"""Days for which it is told that a level is back."""


class Teller:
    """Speaks the inflow's sentences in one language."""

    def __init__(self, say: Say) -> None:
        self.say = say

    def __call__(self, key: str, **values: Any) -> str:
        return SAID[key].in_(self.say.language).format(**counted(values, self.say.language))

    def day(self, text: str) -> str:
        """An ISO date as the language writes it."""
        return self.say.day(date.fromisoformat(text))

    def named(self, group: Figures) -> str:
        """A group with its dimension: station CT2."""
        if group["dimension"] == ALL:
            return self("all")
        return f"{self.kind(group['dimension'])} {self.name(group['group'])}"

    def kind(self, dimension: str) -> str:
        """The word for a dimension."""
        return self("sender") if dimension == "sender" else self.say(dimension)

    def name(self, group: str) -> str:
        """The name of a group; our own words are translated."""
        return self("few") if group == FEW else self.say.group(group)

    def part(self, counts: Figures) -> str:
        """A share with its numbers."""
        share = self.say.per_cent(counts["correct"], counts["studies"])
        return self("part", share=share, correct=counts["correct"], studies=counts["studies"])

    def between(self, counts: Figures) -> str:
        """The interval of a share."""
        low, high = counts["interval"]
        return self("between", low=self.say.least(low), high=self.say.most(high))

    def chance(self, fall: Figures) -> str:
        """How likely it is without any change; of a group that is new, if it were like the others."""
        without = self(f"without_{fall['kind']}")
        if fall["chance"] < 1e-6:
            return self("chance_small", without=without)
        return self("chance", without=without, times=int(float(f"{1 / fall['chance']:.1e}")))


def inflow_lines(figures: Figures, say: Say) -> Iterator[str]:
    """The share, what fell, what the charts promise, and what is in none."""
    told = Teller(say)
    yield _headline(figures, told)
    if figures["studies"]:
        yield f"{say('target')} {say('reached' if figures['reached'] else 'missed')}"
    if is_stale(figures):
        yield told("stale", days=figures["days_ago"], last=told.day(figures["seen"]))
    yield from fall_lines(figures, told)
    if figures["level"] == "learning":
        needs = figures["chart"]["needs"]
        yield told("learning", studies=figures["reference"]["studies"], needs=needs["studies"], days=needs["days"])
    yield from _rates(figures, told)
    if reasons := ", ".join(_left_out(figures["left_out"], told)):
        yield told("left_out", reasons=reasons)
    if figures["without_sender_names"]:
        yield told("senders")


def is_stale(figures: Figures) -> bool:
    """Whether the last survey is so long ago that a fall may have gone unseen."""
    return bool(figures.get("days_ago", 0) > _STALE)


def fall_lines(figures: Figures, told: Teller) -> Iterator[str]:
    """One line for each fall, with the groups that show it too."""
    causes = [fall for fall in figures["falls"] if not fall["because_of"]]
    if not causes and figures["level"] != "learning":
        yield told("no_fall", charts=figures["chart"]["charts"])
    for fall in causes:
        line = told(
            fall["kind"],
            group=told.named(fall),
            since=told.day(fall["since"]),
            noticed=told.day(fall["noticed"]),
            before=told.part(fall["from"]),
            after=told.part(fall["to"]),
            interval=told.between(fall["to"]),
            chance=told.chance(fall),
        )
        others = also_in(fall, figures, told)
        yield f"{line} {told('also', groups=', '.join(others))}" if others else line
    yield from _back(figures, told)


def _back(figures: Figures, told: Teller) -> Iterator[str]:
    """What was low until shortly, and is no longer."""
    recently = date.fromisoformat(figures["seen"]) - timedelta(days=_RECENTLY)
    groups = [(ALL, "", figures)]
    groups += [(dimension, name, one) for dimension, found in figures["by"].items() for name, one in found.items()]
    for dimension, name, group in groups:
        for fall in group["earlier_falls"][-1:]:
            if date.fromisoformat(fall["until"]) >= recently and group["level"] == "steady":
                named = told.named({"dimension": dimension, "group": name})
                yield told("back", group=named, since=told.day(fall["since"]), until=told.day(fall["until"]))


def also_in(fall: Figures, figures: Figures, told: Teller) -> list[str]:
    """The groups whose fall this one explains."""
    cause = {"dimension": fall["dimension"], "group": fall["group"]}
    return [told.named(other) for other in figures["falls"] if cause in other["because_of"]]


def fallen_groups(figures: Figures, say: Say) -> list[str]:
    """The groups that fell, without those whose fall another one explains."""
    return [Teller(say).named(fall) for fall in figures["falls"] if not fall["because_of"]]


def summary_line(figures: Figures, say: Say) -> str:
    """One line for the morning."""
    told = Teller(say)
    fallen = fallen_groups(figures, say)
    falls = told("summary_fall", groups=", ".join(fallen)) if fallen else told("summary_none")
    stale = told("summary_stale", days=figures["days_ago"]) if is_stale(figures) else ""
    causes = most_wrong(figures, told)
    most = told("summary_most", groups=", ".join(causes)) if causes else ""
    if not figures["studies"]:
        return told("summary_empty", falls=falls) + stale
    counts = {name: figures[name] for name in ("correct", "studies")}
    share = say.per_cent(counts["correct"], counts["studies"])
    return told("summary", share=share, falls=falls, **counts) + most + stale


def most_wrong(figures: Figures, told: Teller) -> list[str]:
    """Of each dimension the group with most studies that came in wrong, with how many of how many."""
    found = []
    for dimension in ("modality", "department", "sender"):
        groups = {name: one for name, one in figures["by"][dimension].items() if name not in (UNKNOWN, FEW)}
        name = max(groups, key=lambda each: groups[each]["studies"] - groups[each]["correct"], default="")
        wrong = groups[name]["studies"] - groups[name]["correct"] if name else 0
        if wrong:
            named = told.named({"dimension": dimension, "group": name})
            found.append(f"{named} ({told.say.number(wrong)}/{told.say.number(groups[name]['studies'])})")
    return found


def _headline(figures: Figures, told: Teller) -> str:
    period, day = figures["period"], figures["chart"]["day"]
    days = {"first": told.day(period["from"]), "last": told.day(period["to"])}
    if not figures["studies"]:
        return told(f"none_{day}", **days)
    counts = {name: figures[name] for name in ("correct", "studies")}
    return told(f"headline_{day}", **days, **counts, share=told.say.per_cent(counts["correct"], counts["studies"]))


def _rates(figures: Figures, told: Teller) -> Iterator[str]:
    chart = figures["chart"]
    rate, least = (f"{value:g}" for value in (chart["false_alarms_per_year"], 100 * chart["least_fall"]))
    yield told("rates", rate=_decimal(rate, told), least=_decimal(least, told), charts=chart["charts"])
    if figures["noticed"] and figures["per_day"]:
        falls = [
            told("within", points=one["points"], days=one["days"])
            if one["points"]
            else told("never_within", days=one["days"])
            for one in figures["noticed"]
        ]
        per_day = _decimal(f"{figures['per_day']:.1f}", told)
        yield told("noticed", per_day=per_day, chance=told.say.share(chart["chance"], 0), falls=", ".join(falls))


def _decimal(text: str, told: Teller) -> str:
    return text.replace(".", ",") if told.say.is_dutch else text


def _left_out(counted: Mapping[str, int], told: Teller) -> Iterator[str]:
    for why, number in counted.items():
        if number:
            yield f"{told.say.number(number)} {_LEFT_OUT[why].in_(told.say.language)}"


def inflow_table(groups: Mapping[str, Figures], say: Say) -> FigureTable:
    """The groups of one dimension, those with the most that is not right first; what fell before all."""
    told = Teller(say)
    fallen = {name: group for name, group in groups.items() if group["level"] in ("fallen", "low")}
    others = {name: group for name, group in groups.items() if name not in fallen}
    shown = [*chosen(fallen, in_order=False), *chosen(others, in_order=False)]
    rows = [
        (
            told.name(name),
            say.number(group["studies"]),
            say.per_cent(group["correct"], group["studies"]),
            say.per_cent(group["reference"]["correct"], group["reference"]["studies"]),
            *_points(group["noticed"], told),
            told(f"level_{group['level']}"),
        )
        for name, group in shown
    ]
    days = [told("head_noticed", days=days) for days in (7, 28)]
    heads = (say("group"), say("studies"), told("head_share"), told("head_before"), *days, told("head_level"))
    return FigureTable(heads=heads, rows=rows, words=frozenset({0, 6}), more=len(groups) - len(shown))


def inflow_course_table(points: Sequence[Figures], say: Say) -> FigureTable:
    """What each measurement of the inflow said: of which days, and what had fallen."""
    told = Teller(say)
    rows = [
        (
            say.moment(point["at"]),
            days_of(point, say),
            say.number(point["studies"]),
            say.number(point["correct"]),
            say.per_cent(point["correct"], point["studies"]),
            ", ".join(map(told.named, point["falls"])) or told("summary_none"),
        )
        for point in points[-MOST_IN_ORDER:]
    ]
    heads = (
        say("measured_at"),
        told(f"head_{_day(points)}"),
        *map(say, ("judged", "right", "share")),
        told("head_fell"),
    )
    return FigureTable(heads=heads, rows=rows, words=frozenset({0, 1, 5}), more=max(0, len(points) - MOST_IN_ORDER))


def _day(points: Sequence[Figures]) -> str:
    """By which day the studies of a course were counted; both where that changed."""
    days = {point["day"] for point in points}
    return days.pop() if len(days) == 1 else "days"


def _points(noticed: Sequence[Figures], told: Teller) -> Iterator[str]:
    """The smallest fall that is noticed within 7 days, and within 28."""
    if not noticed:
        yield from ("–", "–")
    for one in noticed:
        yield told("points", points=one["points"]) if one["points"] else "–"
