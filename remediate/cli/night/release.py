"""`originals` and `release`: what a person does about a study in quarantine; decides nothing."""

from __future__ import annotations

from pathlib import Path

import click

from remediate.cli.arguments import as_person, as_reason
from remediate.cli.commands import CommandState, common_options, pass_state
from remediate.cli.wiring import session
from remediate.files import private_folder
from remediate.night.originals import copy_originals
from remediate.night.release import release as let_out
from remediate.texts.language import Sentence
from remediate.wiring import now


@click.command()
@common_options
@click.argument("study")
@click.option("--by", "person", callback=as_person, default="", help="Who looked at the study: your name.")
@click.option(
    "--why", callback=as_reason, required=True, help="What was found and repaired; kept in the ledger. No patient data."
)
@pass_state
def release(state: CommandState, study: str, person: str, why: str) -> None:
    """Let STUDY (a Study Instance UID) out of quarantine, once you looked at it in the archive.

    Nothing is stored or removed: the study stands as surveyed again, and the next survey and plan judge it anew.
    """
    out = state.output
    with session(state, exclusive=True) as work:
        let_out(work.ledger, study, person=work.person(person), why=why, now=now())
    out.say(
        Sentence(
            f"{study} left quarantine. Its originals stay in the spool for execute.spool.keep_days.",
            f"{study} is uit quarantaine. De originelen blijven in de spool zolang execute.spool.keep_days zegt.",
        )
    )
    out.next_step(Sentence("remediate survey, then: remediate plan", "remediate survey, dan: remediate plan"))
    out.answer({"study": study, "state": "surveyed"})


@click.command()
@common_options
@click.argument("study")
@click.option(
    "--to",
    "folder",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the files; empty or new.",
)
@click.option("--by", "person", callback=as_person, default="", help="Who asks for them: your name.")
@click.option("--why", callback=as_reason, required=True, help="Why; kept in the ledger. No patient data.")
@pass_state
def originals(state: CommandState, study: str, folder: Path, person: str, why: str) -> None:
    """Copy what the spool keeps of STUDY (a Study Instance UID) into a folder, as DICOM files in clear.

    For putting objects back by hand. The files hold patient data: remove them afterwards.
    """
    out = state.output
    with session(state, exclusive=True) as work:
        person = work.person(person)
        private_folder(folder)
        number = copy_originals(work.ledger, work.ledger, work.spool, study, folder, person=person, why=why, now=now())
    out.say(
        Sentence(
            f"{number} originals of {study} stand in {folder}, in clear: remove them once they are back.",
            f"{number} originelen van {study} staan in {folder}, leesbaar: verwijder ze zodra ze terug zijn.",
        )
    )
    out.next_step(
        Sentence(
            f"put them back, then: remediate release {study} --by NAME --why TEXT",
            f"zet ze terug, dan: remediate release {study} --by NAAM --why TEKST",
        )
    )
    out.answer({"study": study, "instances": number, "folder": str(folder)})


COMMANDS = (release, originals)
