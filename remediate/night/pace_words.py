"""Why so many patients are worked on at a time: a code for metrics, and a sentence for people. Decides nothing."""

from __future__ import annotations

from typing import NamedTuple

from remediate.records.signs import PaceReason
from remediate.texts import notation
from remediate.texts.language import Language, Sentence


class PaceWhy(NamedTuple):
    """The reason for a number: a code for whoever counts, and a sentence for people."""

    code: PaceReason
    told: Sentence


def _workers(number: int) -> Sentence:
    if number == 1:
        return Sentence("1 patient at a time", "1 patiënt tegelijk")
    return Sentence(f"{number} patients at a time", f"{number} patiënten tegelijk")


def _with(code: PaceReason, number: int, en: str, nl: str) -> PaceWhy:
    many = _workers(number)
    return PaceWhy(code, Sentence(f"{many.en}: {en}", f"{many.nl}: {nl}"))


def fixed(number: int) -> PaceWhy:
    """Set."""
    return _with(PaceReason.SET, number, "set by execute.pace.", "ingesteld met execute.pace.")


def beginning(number: int) -> PaceWhy:
    """Nothing is known yet."""
    return _with(
        PaceReason.BEGINNING, number, "the beginning; the pace finds itself.", "het begin; het tempo wordt gezocht."
    )


def at_ceiling(number: int) -> PaceWhy:
    """No more may."""
    return _with(
        PaceReason.CEILING, number, "the ceiling; fewer would give less.", "het plafond; minder zou minder opleveren."
    )


def gives_more(number: int) -> PaceWhy:
    """More than fewer gave."""
    return _with(PaceReason.GIVES_MORE, number, "gives more than fewer did.", "levert meer op dan minder deed.")


def no_more(number: int, tried: int) -> PaceWhy:
    """More was tried."""
    return _with(PaceReason.MORE_GAVE_NOTHING, number, f"{tried} gave nothing more.", f"{tried} leverde niets meer op.")


def needed(number: int, tried: int) -> PaceWhy:
    """Fewer were tried."""
    return _with(PaceReason.FEWER_GAVE_LESS, number, f"{tried} gave less.", f"{tried} leverde minder op.")


def fewer_do(number: int, before: int) -> PaceWhy:
    """Fewer give as much."""
    return _with(
        PaceReason.FEWER_DO, number, f"gives as much as {before} did.", f"levert evenveel op als {before} deed."
    )


def trying(number: int, base: int) -> PaceWhy:
    """Not known yet."""
    return _with(
        PaceReason.BEING_TRIED, number, f"being tried; {base} is known to go well.", f"op proef; {base} gaat goed."
    )


def slower(times: float) -> PaceWhy:
    """Than with as many before."""
    en, nl = (notation.number(times, language, 1) for language in (Language.EN, Language.NL))
    said = Sentence(
        f"Fewer at a time: the archive takes {en} times as long for an object as it did.",
        f"Minder tegelijk: het archief doet {nl} keer zo lang over een object als eerst.",
    )
    return PaceWhy(PaceReason.ARCHIVE_SLOWER, said)


def slow_echo(times: float) -> PaceWhy:
    """Beside our own load."""
    en, nl = (notation.number(times, language, 1) for language in (Language.EN, Language.NL))
    said = Sentence(
        f"Fewer at a time: the archive takes {en} times as long for a C-ECHO as it did.",
        f"Minder tegelijk: het archief doet {nl} keer zo lang over een C-ECHO als eerst.",
    )
    return PaceWhy(PaceReason.ECHO_SLOWER, said)


def refused(told: Sentence) -> PaceWhy:
    """By the archive, with what it said."""
    said = Sentence(
        f"Fewer at a time: the archive refused. It answered: {told.en}",
        f"Minder tegelijk: het archief weigerde. Antwoord: {told.nl}",
    )
    return PaceWhy(PaceReason.REFUSED, said)


def away(told: Sentence) -> PaceWhy:
    """It refuses everything."""
    said = Sentence(
        f"One patient at a time, after waits that grow, until the archive takes it. It answered last: {told.en}",
        f"Eén patiënt tegelijk, na steeds langere pauzes, tot het archief het aanneemt. Laatste antwoord: {told.nl}",
    )
    return PaceWhy(PaceReason.AWAY, said)


def answers_again(number: int) -> PaceWhy:
    """After it was away."""
    return _with(PaceReason.ANSWERS_AGAIN, number, "the archive answers again.", "het archief antwoordt weer.")
