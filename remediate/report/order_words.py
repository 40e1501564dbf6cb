"""Says in which order a plan is worked on, and why, in English and Dutch. Orders nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from remediate.plan.order import because
from remediate.records.needs import LEFT_OUT, REASONS, ListFault, Need
from remediate.texts import notation
from remediate.texts.language import Language, Sentence
from remediate.texts.printable import printable, printable_cell

_BY: Mapping[str, Sentence] = {
    "need": Sentence("Order: who needs it first.", "Volgorde: wie het het eerst nodig heeft."),
    "newest": Sentence("Order: the newest studies first.", "Volgorde: de nieuwste onderzoeken eerst."),
    "uid": Sentence("Order: by Study Instance UID.", "Volgorde: op Study Instance UID."),
}
_BY_NEED = {need.code: need for need in Need}


def order_lines(order: Mapping[str, Any], language: Language) -> Iterator[str]:
    """The order, who may not wait longer, and what became of each list."""
    if not order:
        return
    yield _BY[order["by"]].in_(language)
    if "one_in" in order:
        one_in = order["one_in"]
        yield Sentence(
            f"A patient's studies go together, when the first of them is due. One patient in {one_in} is of those who "
            "have waited longest, so that nobody waits for ever.",
            f"De onderzoeken van een patiënt gaan samen, zodra het eerste aan de beurt is. Een op de {one_in} "
            "patiënten is er een die het langst wacht, zodat niemand eindeloos wacht.",
        ).in_(language)
    for read in order.get("lists", ()):
        yield _list_line(read, language)
    left = _left_out(order.get("left_out", {}), language)
    if left:
        told = Sentence("Appointments that move nobody forward", "Afspraken die niemand naar voren halen")
        yield f"{told.in_(language)}: {left}."


def _list_line(read: Mapping[str, Any], language: Language) -> str:
    name = printable(str(read["list"]))
    if read["missing"]:
        return Sentence(
            f"{name} could not be read: the order is made without it.",
            f"{name} was niet te lezen: de volgorde is zonder deze lijst gemaakt.",
        ).in_(language)
    left = _left_out(read["left_out"], language)
    lines = notation.number(read["lines"], language)
    word = Sentence("line" if read["lines"] == 1 else "lines", "regel" if read["lines"] == 1 else "regels")
    return f"{name}: {lines} {word.in_(language)}{f'; {left}' if left else ''}."


def _left_out(counts: Mapping[str, int], language: Language) -> str:
    return ", ".join(
        f"{notation.number(number, language)} {LEFT_OUT[ListFault(why)].in_(language)}"
        for why, number in counts.items()
    )


def order_sheet(studies: Iterable[tuple[int, str, int]], language: Language) -> Iterator[str]:
    """Lines of a CSV file of studies with place and rank, as a Dutch Excel opens them."""
    heads = Sentence("Place;StudyInstanceUID;Why;Appointment;Sentence", "Plaats;StudyInstanceUID;Reden;Afspraak;Uitleg")
    yield f"\ufeff{heads.in_(language)}\r\n"
    for place, uid, rank in studies:
        told = because(rank)
        said = REASONS[_BY_NEED[told["why"]]].in_(language)
        yield f'{place};{printable_cell(uid)};{told["why"]};{told.get("at", "")};"{said}"\r\n'


def order_rows(order: Mapping[str, Any], language: Language) -> list[tuple[int, str]]:
    """How many studies come for each reason, in the order in which they come."""
    return [(reason["studies"], _reason(reason, language)) for reason in order.get("reasons", ())]


def _reason(reason: Mapping[str, Any], language: Language) -> str:
    said = REASONS[_BY_NEED[reason["why"]]].in_(language)
    if "from" not in reason:
        return said
    first, last = (notation.day(date.fromisoformat(reason[end][:10]), language) for end in ("from", "to"))
    until = Sentence("to", "tot en met").in_(language)
    return f"{said} ({first})" if first == last else f"{said} ({first} {until} {last})"
