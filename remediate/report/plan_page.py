"""A plan as one self-contained HTML page that can be judged alone: what approving means, on what it rests, what is left
out, how to approve. Decides nothing, and grows with the kinds of studies, never with their number.

No script, font or picture from elsewhere; readable on a phone and on paper. Studies are named by UID and hospital
number; no BSN, name or birth date stands on it in clear.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any, NamedTuple

from remediate.plan.bound_copies import sentence_of_copies
from remediate.plan.document import PlanDocument
from remediate.plan.groups import Kind, PlanGroup, groups_of
from remediate.plan.lines import lines_of
from remediate.plan.message_corrections import sentence_of_output
from remediate.plan.verification_means import sentence_of, strength
from remediate.reasons.study import PlanReason, sentence
from remediate.records.ledger import PlanItem, PlanKind
from remediate.records.reviews import DecidedBy
from remediate.records.states import State
from remediate.report.order_words import order_lines, order_rows
from remediate.report.page_template import page_template
from remediate.report.plan_words import LEFT_OUT, PlanWords
from remediate.texts.language import Language

MOST_DECISIONS = 100
"""Decisions of people that the page shows of each kind, those on most studies first; plan.csv holds all."""

MOST_KINDS = 30
"""Kinds of evidence that it shows, the largest first."""

MOST_MOVES = 12
"""Ways in which the BSN stands wrong now that it names, the most frequent first."""

_LONGEST = 200
"""Signs of a text from elsewhere, such as a number out of a header or a person's reason."""

_FOUND, _NOWHERE = "found: ", "found: nowhere"


class About(NamedTuple):
    """What helps to find a study in the archive."""

    study_date: str  # DA as it stands
    modalities: tuple[str, ...]


Look = Callable[[Sequence[str]], Mapping[str, About]]
"""Studies by their UIDs."""


def _nothing(_: Sequence[str]) -> Mapping[str, About]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPages:
    """How plans are shown, and for whom."""

    language: Language
    hospital: str = ""
    zone: tzinfo = UTC
    people: int | None = None  # who must approve, where the configuration says how many
    about: Look = field(default=_nothing)

    def page(self, document: PlanDocument) -> str:
        """The page as text."""
        say = PlanWords(self.language)
        decisions, exclusions = document.decisions(), document.exclusions()
        shown = [decision for decision, _ in (*decisions[:MOST_DECISIONS], *exclusions[:MOST_DECISIONS])]
        groups = groups_of(lines_of(document.items), document.digest, shown)
        counts = document.counts()
        told = _InWords(say=say, zone=self.zone, about=self._about(groups), groups=groups)
        rollback = document.kind is PlanKind.ROLLBACK
        return page_template("plan.html.j2", trim=True).render(
            document=document,
            say=say,
            language=self.language.value,
            hospital=self.hospital,
            made=say.moment(document.created_at.astimezone(self.zone)),
            lead=lead_of(document, say),
            planned=counts[State.PLANNED],
            is_rollback=rollback,
            patients=len(document.tally.fingerprints),
            coverage=document.coverage(),
            moves=told.moves(document),
            facts=list(facts_of(document, say)),
            to_notice=_to_notice(document, say),
            decided=document.tally.decisions.total(),
            remembered=document.tally.remembered(),
            decisions=list(told.decisions(decisions[:MOST_DECISIONS])),
            more_decisions=len(decisions[MOST_DECISIONS:]),
            more_decided=sum(number for _, number in decisions[MOST_DECISIONS:]),
            common=told.common(),
            kinds=list(told.kinds()),
            more_kinds=told.more_kinds(),
            exclusions=list(told.exclusions(exclusions[:MOST_DECISIONS])),
            excluded_by_person=document.tally.exclusions.total(),
            more_exclusions=len(exclusions[MOST_DECISIONS:]),
            more_excluded=sum(number for _, number in exclusions[MOST_DECISIONS:]),
            left_out=[(state, counts[state], list(told.left_out(state))) for state in LEFT_OUT if counts[state]],
            order=list(order_lines(document.order, self.language)),
            order_rows=order_rows(document.order, self.language),
            people=self.people or (2 if document.tally.decisions else 1),
        )

    def _about(self, groups: Mapping[Kind, PlanGroup]) -> Mapping[str, About]:
        named = [item.study_instance_uid for group in groups.values() for item in group.examples()]
        return self.about(named) if named else {}


def lead_of(document: PlanDocument, say: PlanWords) -> str:
    """In one sentence what approving does."""
    planned = document.counts()[State.PLANNED]
    if not planned:
        return say("lead_nothing")
    return say(
        "lead_rollback" if document.kind is PlanKind.ROLLBACK else "lead_correct",
        studies=say.count("studies", planned),
        patients=say.count("patients", len(document.tally.fingerprints)),
        objects=say.count("objects", document.tally.planned_objects),
    )


def facts_of(document: PlanDocument, say: PlanWords, *, briefly: bool = False) -> Iterator[tuple[str, str]]:
    """What holds for all of it, with a label each; `briefly` without what is so for every plan."""
    named, rollback = document.parameters, document.kind is PlanKind.ROLLBACK
    output = named.get("output")
    if document.why:
        yield say("why"), _short(document.why)
    if "archive" in named:
        yield say("archive"), named["archive"]
    if output:
        yield say("output"), sentence_of_output(output).in_(say.language)
    if "profile" in named:
        yield say("profile"), say.rests_on(named["profile"], named.get("confirmed", {}))
    if "bsn_range" in named:
        yield say("numbers"), say(f"range_{named['bsn_range']}")
    if not output and not briefly:
        yield say("stays"), say("stays_told")
        if not rollback:
            yield say("added"), say("added_told")
    yield from _proven(named, say, rollback=rollback)
    if briefly and not output:
        return
    undo = "undo_message" if output else "undo_rollback" if rollback else "undo_store"
    yield say("undo"), say(undo, plan=document.plan_id)


def _proven(named: Mapping[str, Any], say: PlanWords, *, rollback: bool) -> Iterator[tuple[str, str]]:
    """How it is verified, and what becomes of the copies."""
    if "verify" in named or rollback:
        yield say("verified"), sentence_of(named).in_(say.language)
    if (copies := sentence_of_copies(named)) is not None:
        yield say("copies"), copies.in_(say.language)


def _to_notice(document: PlanDocument, say: PlanWords) -> tuple[str, ...]:
    """The labels of facts that nobody should read over: a profile that rests on nobody's word, weaker verification."""
    named = document.parameters
    confirmed = named.get("confirmed", {})
    is_confirmed = "profile" not in named or all(confirmed.get(key) for key in ("document", "by", "on"))
    is_whole = strength(named) >= strength({})
    return (*(() if is_confirmed else (say("profile"),)), *(() if is_whole else (say("verified"),)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _InWords:
    """The groups of a plan in words."""

    say: PlanWords
    zone: tzinfo
    about: Mapping[str, About]
    groups: Mapping[Kind, PlanGroup]

    def sentence(self, code: str) -> str:
        """A reason or proof."""
        return sentence(code, self.say.language)

    def moves(self, document: PlanDocument) -> list[tuple[int, str]]:
        """Where the BSN of planned studies stands now."""
        found = list(document.reasons_by_state().get(State.PLANNED, {}).items())
        left = found[MOST_MOVES:]
        told = [(number, self.sentence(code)) for code, number in found[:MOST_MOVES]]
        return [*told, (sum(number for _, number in left), self.say("elsewhere_too", ways=len(left)))] if left else told

    def decisions(self, found: Sequence[tuple[DecidedBy, int]]) -> Iterator[Mapping[str, object]]:
        """Each decision with what it overrode."""
        for decision, number in found:
            against = [(code, self.sentence(code)) for code in decision.overrode]
            yield self._decided(Kind(State.PLANNED, "", (), decision), decision, number) | {"against": against}

    def exclusions(self, found: Sequence[tuple[DecidedBy, int]]) -> Iterator[Mapping[str, object]]:
        """Each decision that left studies out."""
        for decision, number in found:
            kind = Kind(State.EXCLUDED, PlanReason.EXCLUDED_BY_PERSON, (), decision)
            yield self._decided(kind, decision, number)

    def _decided(self, kind: Kind, decision: DecidedBy, number: int) -> dict[str, object]:
        who = "by_account" if decision.account not in ("", decision.person) else "by_person"
        others = self.say("seconded", accounts=", ".join(decision.seconded)) if decision.seconded else ""
        return {
            "number": number,
            "who": self.say(who, person=decision.person, account=decision.account, at=self._moment(decision.at)),
            "how": " ".join(filter(None, (self.say("remembered") if decision.remembered else "", others))),
            "why": f"“{_short(decision.why)}”" if decision.why else self.say("not_shown"),
            "examples": self._examples(self.groups.get(kind)),
        }

    def _moment(self, text: str) -> str:
        try:
            return self.say.moment(datetime.fromisoformat(text).astimezone(self.zone))
        except ValueError:
            return _short(text)

    def _proven(self) -> list[tuple[Kind, PlanGroup]]:
        return [
            (kind, group) for kind, group in self.groups.items() if kind.state is State.PLANNED and not kind.decision
        ]

    def common(self) -> list[str]:
        """What holds for every study that rests on proof."""
        shared = [group.proofs or frozenset() for _, group in self._proven()]
        return sorted(map(self.sentence, frozenset.intersection(*shared))) if shared else []

    def kinds(self) -> Iterator[Mapping[str, object]]:
        """Each kind of evidence, the largest first."""
        found = self._proven()
        shared = frozenset.intersection(*(group.proofs or frozenset() for _, group in found)) if found else frozenset()
        for kind, group in found[:MOST_KINDS]:
            yield {
                "number": group.number,
                "before": self.sentence(kind.reason),
                "code": kind.reason,
                "proofs": [self.sentence(proof) for proof in kind.proofs if proof not in shared],
                "examples": self._examples(group),
            }

    def more_kinds(self) -> tuple[int, int]:
        """How many kinds are not shown, and their studies."""
        left = self._proven()[MOST_KINDS:]
        return len(left), sum(group.number for _, group in left)

    def left_out(self, state: State) -> Iterator[Mapping[str, object]]:
        """Why studies stay as they are, where no person's decision says so."""
        for kind, group in self.groups.items():
            if kind.state is state and kind.decision is None:
                examples = self._examples(group) if state is not State.CORRECT else []
                yield {"number": group.number, "why": self.sentence(kind.reason), "code": kind.reason,
                       "examples": examples}  # fmt: skip

    def _examples(self, group: PlanGroup | None) -> list[Mapping[str, object]]:
        return [self._example(item) for item in group.examples()] if group else []

    def _example(self, item: PlanItem) -> Mapping[str, object]:
        about = self.about.get(item.study_instance_uid)
        number = _short(item.patient_id) or "–"
        issuer = f" ({_short(item.issuer)})" if item.issuer else ""
        places = [text.removeprefix(_FOUND).rpartition(" ")[2] for text in item.corrections if text.startswith(_FOUND)]
        epd = _short(item.epd_patient_id or "")
        told = [self.say("example" if epd else "example_alone", number=f"{number}{issuer}", epd=epd)]
        if about is not None:
            told.append(" ".join(filter(None, (_day(about.study_date), ", ".join(map(_short, about.modalities[:4]))))))
        if item.instances is not None:
            told.append(self.say.count("objects", item.instances))
        if item.bsn_masked and any(text.startswith(_NOWHERE) for text in item.corrections):
            told.append(self.say("filled", bsn=item.bsn_masked))
        elif item.bsn_masked:
            told.append(self.say("moved", bsn=item.bsn_masked, places=", ".join(map(_short, places[:4]))))
        return {"study": _short(item.study_instance_uid), "told": list(filter(None, told))}


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _day(text: str) -> str:
    return f"{text[:4]}-{text[4:6]}-{text[6:]}" if len(text) == 8 and text.isdigit() else ""
