"""`review looks|undo`: how well people agree who looked at the same study, and one's own decision taken back."""

from __future__ import annotations

import click

from remediate.cli.arguments import as_person
from remediate.cli.commands import CommandState, common_options, pass_state
from remediate.cli.output import in_each, studies
from remediate.cli.wiring import session
from remediate.errors import UsageError
from remediate.records.reviews import Stage
from remediate.review.second_look import agreement, categories
from remediate.review.words import SENTENCES
from remediate.texts import notation
from remediate.texts.language import Sentence
from remediate.wiring import now


@click.command()
@common_options
@pass_state
def looks(state: CommandState) -> None:
    """What share of the decisions a second person makes as well, how well the two agree, and what is remembered."""
    out = state.output
    with session(state, exclusive=False) as work:
        share, waiting = work.config.review.second_look_share, work.ledger.second_looks()
        found = agreement(map(categories, work.ledger.pairs()))
        remembered = work.ledger.carried()
    drawn = in_each(notation.share, share)
    second, third = studies(waiting[Stage.SECOND]), studies(waiting[Stage.THIRD])
    out.say(
        Sentence(
            f"Drawn for a second look, that does not see the first (review.second_look_share): {drawn.en}.",
            f"Geloot voor een tweede beoordeling, die de eerste niet ziet (review.second_look_share): {drawn.nl}.",
        )
    )
    out.say(
        Sentence(
            f"Waiting for a second person: {second.en}; for a third, since two differ: {third.en}.",
            f"Wachten op een tweede persoon: {second.nl}; op een derde, omdat twee verschillen: {third.nl}.",
        )
    )
    if not found.pairs:
        out.say(Sentence("Nobody looked a second time yet.", "Er is nog niets een tweede keer beoordeeld."))
    else:
        kappa = None if found.kappa is None else in_each(notation.number, found.kappa, 2)
        told = Sentence("none, since chance alone would agree", "geen, want bij toeval kwam het ook overeen")
        kappa = kappa or told
        out.say(
            Sentence(
                f"Of {found.pairs} pairs {found.agreed} agree; Cohen's kappa: {kappa.en}.",
                f"Van {found.pairs} paren komen er {found.agreed} overeen; Cohens kappa: {kappa.nl}.",
            )
        )
    carried = studies(remembered)
    out.say(
        Sentence(
            f"Decided as an earlier study with the same headers and patient was (review.remember): {carried.en}.",
            f"Beslist zoals een eerder onderzoek met dezelfde headers en patiënt (review.remember): {carried.nl}.",
        )
    )
    out.answer(
        {
            "second_look_share": share,
            "waiting_second": waiting[Stage.SECOND],
            "waiting_third": waiting[Stage.THIRD],
            "pairs": found.pairs,
            "agreed": found.agreed,
            "kappa": found.kappa,
            "remembered": remembered,
        }
    )


@click.command()
@common_options
@click.argument("study")
@click.option("--by", "person", callback=as_person, default="", help="Who decided: your name.")
@pass_state
def undo(state: CommandState, study: str, person: str) -> None:
    """Take back what you decided last about a study, under the account that decided it."""
    out = state.output
    with session(state, exclusive=True) as work:
        person = work.person(person)
        problem = work.reviews.undo(study, person=person, now=now())
    if problem is not None:
        raise UsageError(SENTENCES[problem])
    out.say(
        Sentence(
            "Taken back, also for later studies for which it was remembered.",
            "Teruggenomen, ook voor latere onderzoeken waarvoor het was onthouden.",
        )
    )
    out.next_step("remediate plan")
    out.answer({"study": study, "by": person})
