"""`verify`: reads corrected studies back again, and the copies; changes nothing in an archive."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from functools import partial

import click

from remediate.cli.commands import CommandState, common_options, pass_state
from remediate.cli.copies.verify import (
    are_amiss,
    copies_json,
    evidence_of,
    eye_on,
    finished_of,
    look_at_copies,
    not_corrected,
    require_copies,
    tell_copies,
)
from remediate.cli.output import Output, objects, studies
from remediate.cli.wiring import session
from remediate.errors import ExitCode, UsageError
from remediate.night.verify import Verification, Verifier, sample_of
from remediate.plan.reading import read_plan
from remediate.reasons.study import sentence
from remediate.texts.language import Sentence
from remediate.wiring import Session, now

_SEEDS = 10_000_000
"""Of samples: at most seven digits, so that none reads as a BSN."""


@click.command()
@common_options
@click.argument("plan_path", metavar="[PLAN]", required=False)
@click.option("--study", default="", help="Only this Study Instance UID.")
@click.option(
    "--sample",
    type=click.FloatRange(min=0, min_open=True, max=100),
    default=100.0,
    help="Per cent of the studies, drawn at random.  [default: all]",
)
@click.option("--seed", type=click.IntRange(0, _SEEDS - 1), help="Draw the same studies again.  [default: random]")
@click.option("--copies", "with_copies", is_flag=True, help="Ask the nodes of the section copies too.")
@pass_state
def verify(
    state: CommandState, plan_path: str | None, study: str, sample: float, seed: int | None, with_copies: bool
) -> int:
    """Read corrected studies back again and compare them with what the ledger wrote down; changes nothing."""
    out = state.output
    if plan_path and study:
        raise UsageError(Sentence("Name a plan or a study, not both.", "Noem een plan of een onderzoek, niet beide."))
    with session(state, exclusive=True) as work:
        whole = _studies(work, plan_path, study, with_copies=with_copies)
        seed = secrets.randbelow(_SEEDS) if seed is None else seed
        drawn = sample_of(whole, sample, seed)
        result = _read_back(work, out, drawn)
        copies = look_at_copies(work, drawn, is_sample=len(drawn) < len(whole)) if with_copies else []
    if not drawn:
        out.say(
            Sentence(
                "There is nothing to verify: no study stands corrected.",
                "Er is niets te verifiëren: geen onderzoek staat gecorrigeerd.",
            )
        )
    if len(drawn) < len(whole):
        _tell_sample(out, len(whole), seed)
    _tell_read_back(out, result)
    tell_copies(out, copies)
    if result.different:
        out.next_step(
            Sentence(
                "look at these studies in the archive before anything else; `remediate ledger show STUDY`",
                "bekijk eerst deze onderzoeken in het archief; `remediate ledger show STUDY`",
            )
        )
    out.answer(
        {
            "checked": result.checked,
            "same": result.same,
            "different": [{"sop_instance_uid": uid, "reason": reason.value} for uid, reason in result.different],
            "released": result.released,
            "seed": seed if len(drawn) < len(whole) else None,
            "not_comparable": [{"study_instance_uid": uid, "objects": number} for uid, number in result.uncompared],
            **({"copies": copies_json(out, copies)} if with_copies else {}),
        }
    )
    nothing_seen = result.uncompared and not result.checked
    return ExitCode.CHANGES if result.different or nothing_seen or are_amiss(copies) else ExitCode.DONE


def _read_back(work: Session, out: Output, drawn: Sequence[str]) -> Verification:
    with out.progress(total=len(drawn), unit="studies", what="verify") as bar:
        verifier = Verifier(
            eye=eye_on(work, work.archive),
            vault=work.ledger,
            events=work.ledger,
            clock=now,
            settings=work.config.execute.spool,
            evidence=partial(evidence_of, work),
            progress=bar.update,
        )
        return verifier.run(drawn, actor=work.account)


def _tell_sample(out: Output, whole: int, seed: int) -> None:
    """So that somebody else can draw the same."""
    of = studies(whole)
    out.say(
        Sentence(
            f"Drawn at random from {of.en}; the same ones again: --seed {seed}.",
            f"Willekeurig getrokken uit {of.nl}; dezelfde opnieuw: --seed {seed}.",
        )
    )


def _tell_read_back(out: Output, result: Verification) -> None:
    looked, read = studies(result.studies), objects(result.checked)
    out.say(
        Sentence(
            f"{looked.en}, {read.en} read back: {result.same} as written.",
            f"{looked.nl}, {read.nl} teruggelezen: {result.same} zoals geschreven.",
        )
    )
    _tell_uncompared(out, result)
    for uid, difference in result.different:
        out.say(f"  {uid}: {difference.value}. {sentence(difference, out.language)}")
    if result.released:
        waited = studies(result.released)
        out.say(
            Sentence(
                f"{waited.en} waited for this: the originals left the spool.",
                f"{waited.nl} wachtten hierop: de originelen zijn uit de spool verwijderd.",
            )
        )


def _tell_uncompared(out: Output, result: Verification) -> None:
    """What nobody can vouch for any more is counted and named."""
    if not result.uncompared:
        return
    whose, what = studies(len(result.uncompared)), objects(sum(number for _, number in result.uncompared))
    out.say(
        Sentence(
            f"{whose.en}, {what.en} cannot be compared any more: their old values were made unreadable "
            "(ledger shred), and the archive keeps them in other bytes than were sent.",
            f"{whose.nl}, {what.nl} zijn niet meer te vergelijken: de oude waarden zijn onleesbaar gemaakt "
            "(ledger shred), en het archief bewaart ze in andere bytes dan er verstuurd zijn.",
        )
    )
    for uid, number in result.uncompared:
        out.say(f"  {uid}: {objects(number).in_(out.language)}")


def _studies(work: Session, plan_path: str | None, study: str, *, with_copies: bool) -> tuple[str, ...]:
    """Those that stand corrected; copies are asked too for what was rolled back."""
    if with_copies:
        require_copies(work)
    plan_id = "" if plan_path is None else read_plan(plan_path, work.ledger).plan_id
    found = finished_of(work, plan_id, study)
    verified = set(work.ledger.verified_studies())
    if study and not with_copies and study not in verified:
        raise not_corrected()
    return found if with_copies else tuple(uid for uid in found if uid in verified)


COMMANDS = (verify,)
