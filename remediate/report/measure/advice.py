"""What to do next after a measurement, most useful first, from its figures alone; does nothing itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from remediate.measure.coverage import DIMENSIONS, OTHERS
from remediate.report.measure.lines import newest_year
from remediate.report.measure.words import Say
from remediate.texts.language import Language, Sentence
from remediate.texts.notation import counted

_WORST = 3
"""Groups named in each dimension."""

_ENOUGH = 30
"""Studies of a year that say anything about its source."""

_LEAST_PART = 0.25
"""A group is worth naming when it holds this part of the gap, and a larger one than its part of the studies."""

_SAID: Mapping[str, Sentence] = {
    "survey": Sentence("Ask the archive what it has.", "Vraag het archief wat het heeft."),
    "read": Sentence(
        "Read headers of the {number} {number:study|studies} that nobody looked at, or take a sample.",
        "Lees headers van {number:het|de} {number} {number:onderzoek dat|onderzoeken die} niemand bekeek, of neem "
        "een steekproef.",
    ),
    "plan": Sentence(
        "Make a plan: {number} {number:study is in none, which the EPD may prove.|studies are in none, of which the "
        "EPD may prove some.}",
        "Maak een plan: {number} {number:onderzoek staat in geen enkel plan; misschien bewijst het EPD het."
        "|onderzoeken staan in geen enkel plan; het EPD kan een deel daarvan bewijzen.}",
    ),
    "execute": Sentence(
        "{number} {number:study|studies} can be corrected; that makes {share}. What it still takes, an approval or the "
        "window, status says.",
        "{number} {number:onderzoek kan|onderzoeken kunnen} gecorrigeerd worden; dan is het {share}. Wat daar nog voor "
        "nodig is, een goedkeuring of het venster, zegt status.",
    ),
    "settle": Sentence(
        "{number} {number:study was begun or failed: execute settles or repeats it|studies were begun or failed: "
        "execute settles or repeats them}.",
        "{number} {number:onderzoek is begonnen of mislukt: execute wikkelt het af of herhaalt het|onderzoeken zijn "
        "begonnen of mislukt: execute wikkelt ze af of herhaalt ze}.",
    ),
    "review": Sentence(
        "{number} {number:study waits|studies wait} for a person: in {conflicting} something contradicts, {unproven} "
        "{unproven:lacks|lack} a proof.",
        "{number} {number:onderzoek wacht|onderzoeken wachten} op een mens: in {conflicting} spreekt iets tegen, "
        "{unproven} {unproven:mist|missen} een bewijs.",
    ),
    "source": Sentence(
        "Of the newest year, {year}, {number} of {studies} studies came in without the BSN in place. Look at worklist "
        "and modalities first, else the archive fills up again.",
        "Van het nieuwste jaar, {year}, kwamen {number} van {studies} onderzoeken binnen zonder BSN op de juiste "
        "plaats. Kijk eerst naar worklist en modaliteiten, anders loopt het archief weer vol.",
    ),
    "sample": Sentence(
        "Show it: look at the headers of a random sample.",
        "Toon het aan: bekijk de headers van een aselecte steekproef.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """One thing to do: a sentence, and the command for it."""

    text: str
    command: str = ""


def advice(figures: Mapping[str, Any], language: Language) -> Iterator[Advice]:
    """What to do next, most useful first."""
    say = Say(language)

    def one(key: str, command: str = "", **values: Any) -> Advice:
        return Advice(text=_SAID[key].in_(language).format(**counted(values, language)), command=command)

    if not figures["surveyed"]:
        yield one("survey", "remediate survey")
        return
    if figures["not_looked_at"]:
        yield one("read", "remediate survey --headers series", number=figures["not_looked_at"])
    if figures["undecided"]:
        yield one("plan", "remediate plan", number=figures["undecided"])
    gain = figures["projected"]["correct"] - figures["correct"]
    if gain and not figures["undecided"]:
        share = say.per_cent(figures["projected"]["correct"], figures["studies"])
        yield one("execute", "remediate status", number=gain, share=share)
    yield from _unsettled(figures, one)
    for year, newest in newest_year(figures):
        number = newest["studies"] - newest["before"]
        if newest["studies"] >= _ENOUGH and number > (1 - figures["target"]) * newest["studies"]:
            yield one("source", year=year, number=number, studies=newest["studies"])
    if figures["reached"]:
        yield one("sample", "remediate measure sample")


def _unsettled(figures: Mapping[str, Any], one: Callable[..., Advice]) -> Iterator[Advice]:
    counted = figures["categories"]
    if counted["unsettled"]:
        yield one("settle", f"remediate execute {figures['plan'] or 'PLAN'}", number=counted["unsettled"])
    waiting = counted["conflicting"] + counted["unproven"]
    if waiting:
        numbers = {name: counted[name] for name in ("conflicting", "unproven")}
        yield one("review", "remediate review export review.csv", number=waiting, **numbers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Concentration:
    """A group in which more of the gap lies than in others of its size."""

    dimension: str
    name: str
    wrong: int
    studies: int


def concentrations(figures: Mapping[str, Any]) -> list[Concentration]:
    """Where the gap is: groups with an outsize part of it, largest first."""
    gap = figures["studies"] - figures["correct"]
    found: list[Concentration] = []
    for dimension in DIMENSIONS:
        groups = figures["by"][dimension]
        if len(groups) < 2:
            continue
        ranked = sorted(groups.items(), key=lambda pair: pair[1]["correct"] - pair[1]["studies"])
        for name, group in ranked[:_WORST]:
            wrong = group["studies"] - group["correct"]
            outsize = wrong * figures["studies"] > 1.2 * gap * group["studies"]
            if name != OTHERS and gap and wrong >= _LEAST_PART * gap and outsize:
                found.append(Concentration(dimension=dimension, name=name, wrong=wrong, studies=group["studies"]))
    return sorted(found, key=lambda one: -one.wrong)
