"""What `execute` and `rollback` answer about a batch: text, JSON, exit code, next step. Runs nothing."""

from __future__ import annotations

from collections.abc import Mapping

from remediate.cli.output import Output, in_each, objects, states, studies
from remediate.errors import ExitCode
from remediate.night.execute import BatchResult
from remediate.night.status import DOWN
from remediate.plan.verification_means import sentence_of, strength
from remediate.reasons.study import StopReason, WorkReason, sentence
from remediate.records.states import State
from remediate.texts import notation
from remediate.texts.language import Language, Sentence

_STATES = ("verified", "rolled_back", "failed", "drifted", "quarantined")
_LOOK = Sentence("remediate ledger list --failed, then", "remediate ledger list --failed, en")
_FIRST: Mapping[StopReason, Sentence] = {
    StopReason.SPOOL_FULL: Sentence(
        "make room on the disk under execute.spool.folder (`remediate status` says how much), then",
        "maak ruimte op de schijf onder execute.spool.folder (`remediate status` zegt hoeveel) en",
    ),
    StopReason.BREAKER: _LOOK,
    StopReason.RAMP_FAILED: _LOOK,
}
"""What comes before the next night: waiting alone would not help."""


def tell_batch(out: Output, result: BatchResult) -> None:
    """What a batch did, for the person who finds it in the morning."""
    whole = strength(result.means) == strength({})
    if result.instances:
        out.say(_amount(result, whole=whole))
    else:
        nothing = Sentence("Nothing was done.", "Er is niets gedaan.")
        if exit_code(result) is ExitCode.DONE and not result.outcomes and not result.remaining:
            nothing = Sentence("No work is left: nothing was done.", "Er is geen werk over: er is niets gedaan.")
        if result.outcomes:  # settled by looking at the archive, or not come so far
            nothing = Sentence("Nothing was stored.", "Er is niets opgeslagen.")
        out.say(nothing.after(f"{result.batch_id}: ") if result.batch_id else nothing)
    if not whole:
        means, setting = sentence_of(result.means), f"(execute.verify: {result.means['verify']})"
        out.say(
            Sentence(f"Verified by weaker means {setting}: {means.en}.", f"Zwakker geverifieerd {setting}: {means.nl}.")
        )
    out.table(states(sorted(result.outcomes.items()), out.language))
    for code, number in sorted(result.reasons.items()):
        out.say(f"  {number} x {code}: {sentence(code, out.language)}")
    if result.told:
        out.say(Sentence(f"Archive: {result.told.en}", f"Archief: {result.told.nl}"))
    if result.stopped_because is not None:
        code, why = result.stopped_because.value, sentence(result.stopped_because.value, out.language)
        out.say(Sentence(f"Stopped: {code}. {why}", f"Gestopt: {code}. {why}"))
    if result.outcomes.get(State.FAILED.value):
        out.say(
            Sentence(
                "Nothing is lost: what failed is as it was, or is put back first by the next `remediate execute`.",
                "Er is niets verloren: wat mislukte, is zoals het was, of wordt door de volgende `remediate execute` "
                "eerst teruggezet.",
            )
        )
    _tell_left(out, result)


def _tell_left(out: Output, result: BatchResult) -> None:
    if result.remaining:
        left = studies(result.remaining)
        out.say(Sentence(f"Remaining: {left.en}.", f"Nog te doen: {left.nl}."))
    if is_in_other_hands(result):
        out.say(
            Sentence(
                "Other processes have their patients in hand, and go on with them.",
                "Andere processen hebben die patiënten onderhanden en gaan ermee verder.",
            )
        )


def is_in_other_hands(result: BatchResult) -> bool:
    """Whether what is left is left because others are at work on it."""
    return result.remaining > 0 and exit_code(result) is ExitCode.DONE


def _amount(result: BatchResult, *, whole: bool) -> Sentence:
    """How much was stored and read back, and how fast."""
    pace = result.instances / result.seconds if result.seconds > 0 else 0.0
    stored = in_each(notation.size, result.nbytes) if result.nbytes else None
    many, quick = in_each(_decimal, result.seconds), in_each(notation.pace, pace)
    handled = objects(result.instances)
    parts_en = (f"({stored.en}) stored" if stored else "", "and" if stored and whole else "")
    parts_nl = (f"({stored.nl}) opgeslagen" if stored else "", "en" if stored and whole else "")
    read_en = "read back" if whole else f"{result.read_back} read back,"
    read_nl = "teruggelezen" if whole else f"{result.read_back} teruggelezen,"
    en = " ".join(filter(None, (handled.en, *parts_en, read_en)))
    nl = " ".join(filter(None, (handled.nl, *parts_nl, read_nl)))
    return Sentence(
        f"{result.batch_id}: {en} in {many.en} s ({quick.en}).",
        f"{result.batch_id}: {nl} in {many.nl} s ({quick.nl}).",
    )


def _decimal(value: float, language: Language) -> str:
    return notation.number(value, language, 1)


def advise(out: Output, result: BatchResult, plan: str) -> None:
    """What to do next; `plan` is how the person names the plan."""
    code = exit_code(result)
    if code is ExitCode.DONE:
        out.next_step("remediate verify, remediate ledger verify, remediate measure")
    elif code is ExitCode.STOPPED:
        first = _FIRST.get(result.stopped_because) if result.stopped_because else None
        before = Sentence(f"{first.en} ", f"{first.nl} ") if first else Sentence("", "")
        if result.stopped_because is None:
            before = Sentence("on the machine that has the originals, ", "op de machine met de originelen: ")
        when = Sentence("in the next window, ", "in het volgende venster, ")
        if result.stopped_because in (StopReason.STOP_ASKED, StopReason.MAX_STUDIES, StopReason.SPOOL_FULL):
            when = Sentence("", "")
        out.next_step(
            Sentence(
                f"{before.en}{when.en}to go on where it stopped: remediate execute {plan}",
                f"{before.nl}{when.nl}om verder te gaan waar het ophield: remediate execute {plan}",
            )
        )
    elif any(reason in DOWN for reason in result.reasons):
        out.next_step(
            Sentence(
                f"remediate doctor; when it finds the systems well again: remediate execute {plan}",
                f"remediate doctor; als alles weer antwoordt: remediate execute {plan}",
            )
        )
    else:
        out.next_step(
            Sentence(
                "remediate ledger list --failed; then remediate ledger show STUDY for the details",
                "remediate ledger list --failed; dan remediate ledger show STUDY voor bijzonderheden",
            )
        )


def batch_json(result: BatchResult) -> dict[str, object]:
    """The answer of `execute` with --json."""
    return {
        "batch": result.batch_id or None,
        **{state: result.outcomes.get(state, 0) for state in _STATES},
        "remaining": result.remaining,
        "stopped_because": result.stopped_because.value if result.stopped_because else None,
        "instances": result.instances,
        "bytes": result.nbytes,
        "read_back": result.read_back,
        "verify": dict(result.means),
        "seconds": round(result.seconds, 3),
    }


def no_batch_json(means: Mapping[str, str | float]) -> dict[str, object]:
    """The same where no plan has work left, so that no batch was opened."""
    counts = dict.fromkeys((*_STATES, "remaining", "instances", "bytes", "read_back"), 0)
    return {"batch": None, **counts, "stopped_because": None, "verify": dict(means), "seconds": 0.0}


def exit_code(result: BatchResult) -> ExitCode:
    """0 nothing left, 1 studies failed, 2 reading back found differences, 3 stopped with work left."""
    if result.mismatch:
        return ExitCode.CHANGES
    if result.outcomes.get("failed", 0) or result.outcomes.get("quarantined", 0):
        return ExitCode.ERROR
    elsewhere = result.reasons.get(WorkReason.ORIGINALS_ELSEWHERE, 0)
    return ExitCode.STOPPED if result.stopped_because or elsewhere else ExitCode.DONE
