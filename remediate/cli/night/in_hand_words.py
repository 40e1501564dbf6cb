"""How it is said who has which studies in hand, for `status` and `worker`; finds out nothing."""

from __future__ import annotations

from collections.abc import Sequence

from remediate.cli.output import Output, studies
from remediate.night.in_hand import InHand
from remediate.texts.language import Sentence

MOST = 16
"""Lines; with --json all."""


def tell_in_hand(out: Output, held: Sequence[InHand], *, waits: bool = False) -> None:
    """A line for each patient; where work `waits` between two studies nothing is in hand, and its patients are kept."""
    kept = Sentence("Kept for it", "Gereserveerd") if waits else Sentence("In hand", "Onderhanden")
    for one in held[:MOST]:
        number, since = studies(len(one.patient.studies)), out.moment(one.patient.since)
        first = one.patient.studies[0] if one.patient.studies else ""
        out.say(
            Sentence(
                f"{kept.en}: {one.who}, {number.en} of one patient since {since} ({first}); {one.told.en}.",
                f"{kept.nl}: {one.who}, {number.nl} van één patiënt sinds {since} ({first}); {one.told.nl}.",
            )
        )
    if len(held) > MOST:
        more, command = len(held) - MOST, "`remediate worker --list --json`"
        out.say(Sentence(f"And {more} more: {command}.", f"En nog {more}: {command}."))


def in_hand_json(out: Output, one: InHand) -> dict[str, object]:
    """One patient in a worker's hands."""
    return {
        "machine": one.process.machine if one.process else None,
        "pid": one.process.pid if one.process else None,
        "batch": one.batch_id or None,
        "plan": one.patient.plan_id,
        "studies": list(one.patient.studies),
        "since": one.patient.since.astimezone(out.zone).isoformat(timespec="seconds"),
        "until": one.patient.until.astimezone(out.zone).isoformat(timespec="seconds"),
        "life": one.life.value,
        "silent_for": round(one.silent_for, 1) if one.silent_for is not None else None,
    }
