"""`release`: a study leaves quarantine after a person looked at it; decides nothing."""

from __future__ import annotations

import click

from remediate.cli.commands import State, common_options, pass_state
from remediate.cli.planning import refuse_numbers
from remediate.cli.wiring import now, session
from remediate.workflow.release import release as let_out


@click.command()
@common_options
@click.argument("study")
@click.option("--by", "person", required=True, help="Who looked at the study: your name.")
@click.option("--why", required=True, help="What was found and repaired; kept in the ledger. No patient data.")
@pass_state
def release(state: State, study: str, person: str, why: str) -> None:
    """Let STUDY (a Study Instance UID) out of quarantine, once you looked at it in the archive.

    Nothing is stored or removed: the study stands as surveyed again, and the next survey and plan judge it anew.
    """
    out = state.output
    refuse_numbers(person, why)
    with session(state, exclusive=True) as work:
        let_out(work.ledger, study, person=person, why=why, now=now())
    out.say(f"{study} left quarantine. Its originals stay in the spool for execute.spool.keep_days.")
    out.next_step("remediate survey, then: remediate plan")
    out.answer({"study": study, "state": "surveyed"})


COMMANDS = (release,)
