"""The summary of one job for the morning: what was done, what waits for whom, when all will be done, how much is right.

Values in, lines out. It is made of what the job's commands answered, and names no study and no patient.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any, TypeVar

from remediate.identity.bsn_spelling import masked_numbers
from remediate.reasons.study import sentence
from remediate.report.morning_copies import copies_looked_at, copies_updated
from remediate.texts import notation
from remediate.texts.language import Language, Sentence
from remediate.texts.printable import printable

Answer = Mapping[str, Any]
T = TypeVar("T")

PLAIN_FALL = 0.005
"""Of the share that is right, from which on it is told: as `monitoring/alerts.yml` has it."""

_UID = re.compile(r"\b[0-2](?:\.[0-9]+){5,}")
"""Of a study, in a complaint: a mail is no place for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepEnd:
    """How one step ended."""

    words: tuple[str, ...]
    code: int | None  # None: it was not run
    as_it_may: bool
    answer: Answer = field(default_factory=dict)
    lines: tuple[str, ...] = ()  # what the command itself says for the morning
    complaints: tuple[str, ...] = ()  # why it did not do what was asked
    not_run: str = ""  # the step for which it was kept from running; "" where it ran

    @property
    def text(self) -> str:
        """As it would be typed."""
        return " ".join(self.words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Morning:
    """All that the summary is made of. `standing` is what `status` answers, {} where it could not."""

    job: str
    hospital: str
    at: datetime
    zone: tzinfo | None
    steps: Sequence[StepEnd]
    standing: Answer
    share_before: float | None  # that was right when the job ended the last time
    done_at: datetime | None  # when the plan with work left will be done, by the nights that come; None: nobody can say
    language: Language

    @property
    def share(self) -> float | None:
        """How much is right, as this job measured it; None where it did not."""
        return next((end.answer["share"] for end in self.steps if _is(end, "measure", "survey")), None)

    @property
    def fell(self) -> bool:
        """Whether plainly less is right than when the job ended the last time."""
        now, before = self.share, self.share_before
        return now is not None and before is not None and now <= before - PLAIN_FALL

    @property
    def is_well(self) -> bool:
        """Whether every step ended as it may."""
        return all(end.as_it_may for end in self.steps)

    @property
    def happened(self) -> bool:
        """Whether anything was done, came, or went wrong."""
        return not self.is_well or self.fell or any(_by_words(_CHANGED, end, _never)(end.answer) for end in self.steps)

    @property
    def subject(self) -> str:
        """One line, for a mail."""
        whose = f" ({_safe(self.hospital)})" if self.hospital else ""
        return printable(f"remediate {self.job}{whose}: {_headline(self)}")

    def lines(self) -> list[str]:
        """The summary, in one language. Numbers that may be a BSN are masked, wherever they came from."""
        say = _Say(self.language)
        at = notation.minute(self.at, self.zone, self.language)
        found = [f"{_safe(self.hospital) + ', ' if self.hospital else ''}{self.job}, {at}: {_headline(self)}."]
        for title, part in (
            (_TROUBLE, _trouble(self, say)),
            (_DONE, _done(self, say)),
            (_WAITS, _waits(self, say)),
            (_WHEN, _when(self, say)),
            (_COVERAGE, _coverage(self, say)),
        ):
            told = [f"  {line}" for line in part]
            found += [f"{say(title)}:", *told] if told else []
        return [printable(line) for line in found]


_TROUBLE = Sentence("Not as it should be", "Niet zoals het hoort")
_DONE = Sentence("Done", "Gedaan")
_WAITS = Sentence("Waits", "Wacht")
_WHEN = Sentence("When all is done", "Wanneer alles klaar is")
_COVERAGE = Sentence("Right in the archive", "Klopt in het archief")


class _Say:
    def __init__(self, language: Language) -> None:
        self.language = language

    def __call__(self, text: Sentence) -> str:
        return text.in_(self.language)

    def number(self, value: float) -> str:
        return notation.number(value, self.language)

    def studies(self, value: int) -> str:
        one, many = ("study", "studies") if self.language is Language.EN else ("onderzoek", "onderzoeken")
        return f"{self.number(value)} {one if value == 1 else many}"

    def objects(self, value: int) -> str:
        one, many = ("object", "objects") if self.language is Language.EN else ("object", "objecten")
        return f"{self.number(value)} {one if value == 1 else many}"


def _safe(text: str) -> str:
    """Words that others wrote: of a configuration, an error, a file's name."""
    return printable(masked_numbers(_UID.sub("(UID)", text)))


def _is(end: StepEnd, *words: str) -> bool:
    return end.words[: len(words)] == words and bool(end.answer)


def _by_words(table: Mapping[tuple[str, ...], T], end: StepEnd, default: T) -> T:
    """What a table has for a step's first two words, or its first."""
    return table.get(end.words[:2], table.get(end.words[:1], default))


def _headline(morning: Morning) -> str:
    wrong, whole = sum(not end.as_it_may for end in morning.steps), len(morning.steps)
    if not wrong and morning.fell:
        less = Sentence(
            "all steps well, but less is right than before", "alle stappen goed, maar er klopt minder dan hiervoor"
        )
        return less.in_(morning.language)
    if not wrong:
        return Sentence("all as it should be", "alles zoals het hoort").in_(morning.language)
    verb = Sentence("wants", "vraagt") if wrong == 1 else Sentence("want", "vragen")
    told = Sentence(f"{wrong} of {whole} steps {verb.en} a look", f"{wrong} van {whole} stappen {verb.nl} aandacht")
    return told.in_(morning.language)


def _trouble(morning: Morning, say: _Say) -> Iterator[str]:
    for end in morning.steps:
        if end.as_it_may:
            continue
        why = Sentence(f"exit code {end.code}", f"exitcode {end.code}")
        if end.not_run:
            why = Sentence(f"not run, because of {end.not_run}", f"niet uitgevoerd vanwege {end.not_run}")
        said = _safe(end.complaints[0].removeprefix("remediate: ")) if end.complaints else ""
        yield f"{end.text}: {say(why)}{f'. {said}' if said else ''}"


def _done(morning: Morning, say: _Say) -> Iterator[str]:
    for end in morning.steps:
        if end.answer:
            name = " ".join(end.words[:2] if end.words[:2] in _TOLD else end.words[:1])
            yield from (f"{name}: {line}" for line in _by_words(_TOLD, end, _nothing)(end.answer, say))
        yield from end.lines


def _survey(answer: Answer, say: _Say) -> Iterator[str]:
    new, whole = say.number(answer["new"]), say.studies(answer["studies"])
    yield say(Sentence(f"{whole} in the archive, {new} new", f"{whole} in het archief, {new} nieuw"))
    if not answer["complete"]:
        yield say(Sentence("not complete", "niet volledig"))


def _load(answer: Answer, say: _Say) -> Iterator[str]:
    if not answer["files"]:
        yield say(Sentence("no new file", "geen nieuw bestand"))
        return
    records, rejected = say.number(answer["records"]), say.number(len(answer["rejected"]))
    files = say.number(answer["files"])
    which = Sentence("new or changed file", "nieuw of gewijzigd bestand")
    if answer["files"] > 1:
        which = Sentence("new or changed files", "nieuwe of gewijzigde bestanden")
    yield say(
        Sentence(
            f"{records} records in {files} {which.en}, {rejected} rejected",
            f"{records} registraties in {files} {which.nl}, {rejected} afgewezen",
        )
    )
    for again in answer.get("again", ()):
        why = _AGAIN[again["why"]]
        yield f"{_safe(again['file'])} {say(why)}"


_AGAIN: Mapping[str, Sentence] = {
    "grew": Sentence("grew since it was loaded, and was read again", "groeide sinds het laden, en is opnieuw gelezen"),
    "changed": Sentence("changed since it was loaded, and was read again", "veranderde, en is opnieuw gelezen"),
    "settings": Sentence("was read again under other settings", "is opnieuw gelezen onder andere instellingen"),
}


def _execute(answer: Answer, say: _Say) -> Iterator[str]:
    if "copies" in answer:
        yield from copies_updated(answer["copies"], say)
        return
    if answer["batch"] is None:
        yield say(Sentence("nothing was begun", "er is niets begonnen"))
    else:
        verified, stored = say.studies(answer["verified"] + answer["rolled_back"]), say.objects(answer["instances"])
        yield say(
            Sentence(
                f"{answer['batch']}: {verified} verified, {stored} stored",
                f"{answer['batch']}: {verified} geverifieerd, {stored} opgeslagen",
            )
        )
    for state, word in _WRONG.items():
        if answer[state]:
            yield f"{say.studies(answer[state])} {say(word)}"
    if answer["stopped_because"]:
        why = sentence(answer["stopped_because"], say.language)
        yield say(Sentence(f"stopped: {why}", f"gestopt: {why}"))


_WRONG: Mapping[str, Sentence] = {
    "failed": Sentence("failed, tried again in the next batch", "mislukt, volgt opnieuw in de volgende batch"),
    "drifted": Sentence("changed since the plan, judged anew", "gewijzigd sinds het plan, opnieuw te beoordelen"),
    "quarantined": Sentence("set apart in quarantine", "apart gezet in quarantaine"),
}


def _verify(answer: Answer, say: _Say) -> Iterator[str]:
    read, differ = say.objects(answer["checked"]), len(answer["different"])
    if differ:
        yield say(
            Sentence(
                f"{read} read back, {say.number(differ)} DIFFER from what was written",
                f"{read} teruggelezen, {say.number(differ)} WIJKEN AF van wat is geschreven",
            )
        )
    elif answer["checked"]:
        yield say(Sentence(f"{read} read back, all as written", f"{read} teruggelezen, alle zoals geschreven"))

    yield from copies_looked_at(answer.get("copies", ()), say)


def _tell(answer: Answer, say: _Say) -> Iterator[str]:
    for name, number in answer["told"].items():
        if number:
            messages = Sentence("message", "bericht") if number == 1 else Sentence("messages", "berichten")
            yield say(Sentence(f"{name}: {number} {messages.en}", f"{name}: {number} {messages.nl}"))


def _proof(answer: Answer, say: _Say) -> Iterator[str]:
    problems, events = len(answer["problems"]), say.number(answer["events"])
    if answer["ok"]:
        yield say(Sentence(f"{events} events, the chain holds", f"{events} gebeurtenissen, de keten klopt"))
    else:
        faults = Sentence("fault", "fout") if problems == 1 else Sentence("faults", "fouten")
        yield say(Sentence(f"{problems} {faults.en} in the chain", f"{problems} {faults.nl} in de keten"))


def _plan(answer: Answer, say: _Say) -> Iterator[str]:
    counts = answer["counts"]
    planned, review = say.studies(counts["planned"]), say.number(counts["review"])
    yield say(
        Sentence(
            f"{answer['plan']}: {planned} planned, {review} for review",
            f"{answer['plan']}: {planned} gepland, {review} te beoordelen",
        )
    )


def _never(_: Answer) -> bool:
    return False


def _nothing(_: Answer, __: _Say) -> Iterator[str]:
    return iter(())


_TOLD: Mapping[tuple[str, ...], Callable[[Answer, _Say], Iterator[str]]] = {
    ("survey",): _survey,
    ("epd", "load"): _load,
    ("execute",): _execute,
    ("verify",): _verify,
    ("tell",): _tell,
    ("ledger", "verify"): _proof,
    ("plan",): _plan,
}
_CHANGED: Mapping[tuple[str, ...], Callable[[Answer], bool]] = {
    ("survey",): lambda answer: bool(answer.get("new") or answer.get("gone")),
    ("epd", "load"): lambda answer: bool(answer.get("files")),
    ("execute",): lambda answer: bool(answer.get("batch") or answer.get("copies")),
    ("tell",): lambda answer: any(answer.get("told", {}).values()),
    ("plan",): lambda answer: bool(answer.get("counts", {}).get("planned")),
}
"""By a step's first words, whether its answer says that something happened."""


def _waits(morning: Morning, say: _Say) -> Iterator[str]:
    standing = morning.standing
    if not standing:
        return
    review, apart = (standing["studies"].get(state, 0) for state in ("review", "quarantined"))
    if standing["missing"]:
        yield f"{say(Sentence('for who approves', 'op wie goedkeurt'))}: {_safe(standing['missing'])}"
    if review:
        who = say(Sentence("for a reviewer", "op een beoordelaar"))
        yield f"{who} (remediate review groups): {say.studies(review)}"
    if apart:
        who = say(Sentence("for who looks after the archive", "op de beheerder van het archief"))
        where = say(Sentence("in quarantine", "in quarantaine"))
        yield f"{who} (remediate ledger list --outcome quarantined): {say.studies(apart)} {where}"
    if standing["waiting"]["studies"]:
        whose = say.studies(standing["waiting"]["studies"])
        yield say(
            Sentence(
                f"for `remediate verify`: the originals of {whose}", f"op `remediate verify`: de originelen van {whose}"
            )
        )
    yield from (_safe(one["told"]) for one in standing.get("telling", ()) if one["told"])
    if standing["next"] and standing["state"] not in _GOES_ON:
        yield say(Sentence(f"next: {standing['next']}", f"nu: {standing['next']}"))


_GOES_ON = ("ready", "outside-window", "waiting-window")
"""The next night does what comes next; nobody has to."""


def _when(morning: Morning, say: _Say) -> Iterator[str]:
    standing = morning.standing
    if not standing:
        yield say(
            Sentence(
                "not known: `remediate status` gave no answer", "niet bekend: `remediate status` gaf geen antwoord"
            )
        )
        return
    left = standing["left"]["studies"]
    if not left:
        yield say(Sentence("no plan has work left", "geen plan heeft nog werk"))
        return
    plan, number = standing["plan"], say.studies(left)
    if morning.done_at is not None:
        at = notation.minute(morning.done_at, morning.zone, say.language)
        yield say(
            Sentence(
                f"{plan}, {number} left, at the pace so far: around {at}",
                f"{plan}, nog {number}, in het tempo tot nu toe: rond {at}",
            )
        )
    else:
        yield say(Sentence(f"{plan}, {number} left: cannot be said yet", f"{plan}, nog {number}: nog niet te zeggen"))
    if standing["window"]["opens_at"]:
        at = notation.minute(datetime.fromisoformat(standing["window"]["opens_at"]), morning.zone, say.language)
        yield say(Sentence(f"the window opens next at {at}", f"het venster gaat weer open op {at}"))


def _coverage(morning: Morning, say: _Say) -> Iterator[str]:
    measured = next((end.answer for end in morning.steps if _is(end, "measure", "survey")), None)
    if measured is None or measured["share"] is None:
        return
    share = notation.part_of(measured["correct"], measured["studies"], say.language)
    before = notation.share(morning.share_before, say.language) if morning.share_before is not None else ""
    was = Sentence(f" (before: {before})", f" (hiervoor: {before})") if before else Sentence("", "")
    of = say.studies(measured["studies"])
    yield say(
        Sentence(
            f"{share} of {of}{was.en}; the target is more than 95 %",
            f"{share} van {of}{was.nl}; het doel is meer dan 95 %",
        )
    )
    if morning.fell:
        yield say(_why_less(morning, say))


def _why_less(morning: Morning, say: _Say) -> Sentence:
    """Whether the new studies alone can make the share fall so: if none of them were right."""
    survey = next((end.answer for end in morning.steps if _is(end, "survey")), None)
    if survey is None or not survey["studies"] or morning.share is None or morning.share_before is None:
        return Sentence("that is less: see `remediate measure trend`", "dat is minder: zie `remediate measure trend`")
    new, old = say.studies(survey["new"]), 1 - survey["new"] / survey["studies"]
    if morning.share >= morning.share_before * old - 1e-6:
        return Sentence(
            f"that is less: {new} came in, enough to explain it",
            f"dat is minder: er kwam {new} bij, genoeg als verklaring",
        )
    return Sentence(
        f"that is less, and more than the {new} that came in can explain: see `remediate measure trend`",
        f"dat is minder, en meer dan wat erbij kwam ({new}) kan verklaren: zie `remediate measure trend`",
    )
