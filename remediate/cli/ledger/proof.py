"""`ledger verify`, `checkpoint` and `public-key`: is this all of it, and is it what was written?"""

from __future__ import annotations

from pathlib import Path

import click

from remediate.cli.commands import CommandState, common_options, pass_state
from remediate.cli.output import Output
from remediate.cli.wiring import session
from remediate.digests import base32, from_base32
from remediate.errors import ExitCode, LedgerError, UsageError
from remediate.ledger.database import open_copy, open_database
from remediate.ledger.database_faults import sentence_of
from remediate.ledger.proof.checkpoint_folder import files_in, keep_in_folder
from remediate.ledger.proof.proofs import faults_of, read_proof
from remediate.ledger.verification import verify_copy
from remediate.records.ledger import ChainProblem, ChainReport, EventType, NewEvent
from remediate.texts.language import Sentence, joined
from remediate.wiring import Session, now

_KEY_HELP = "The ledger's public key, or a file with it (`ledger public-key`)."


@click.command()
@common_options
@click.option(
    "--checkpoints",
    type=click.Path(exists=True, path_type=Path),
    help="Checkpoints that were kept elsewhere: a file or folder.  [default: ledger.checkpoints]",
)
@click.option("--copy", "copied", default="", help="Prove this copy: a file, or a PostgreSQL URL. Needs no keys.")
@click.option("--proof", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Check a study's proof.")
@click.option("--public-key", "key", default="", help=_KEY_HELP)
@pass_state
def verify(state: CommandState, checkpoints: Path | None, copied: str, proof: Path | None, key: str) -> int:
    """Recompute every event's digest from its content and compare with the signed checkpoints.

    With --copy or --proof, anybody can do so who has the public key: no configuration, keys or vault are needed.
    """
    if proof is not None:
        return _verify_proof(state.output, proof, _public_key(key))
    if copied:
        report = _verify_copy(copied, _public_key(key), _files(checkpoints))
    elif key:
        raise UsageError(
            Sentence("--public-key goes with --copy or --proof.", "--public-key hoort bij --copy of --proof.")
        )
    else:
        with session(state, exclusive=False) as work:
            report = work.ledger.verify(_files(checkpoints or _second_place(work)))
    _tell(state.output, report)
    return ExitCode.CHANGES if report.problems else ExitCode.DONE


def _public_key(text: str) -> bytes:
    if not text:
        raise UsageError(
            Sentence(
                "Name the key to believe: --public-key KEY; `remediate ledger public-key` prints it where the ledger "
                "is.",
                "Noem de sleutel die geloofd moet worden: --public-key SLEUTEL; `remediate ledger public-key` toont "
                "die waar het logboek staat.",
            )
        )
    path = Path(text)
    try:
        key = from_base32((path.read_text(encoding="ascii") if path.is_file() else text).strip())
    except (ValueError, OSError):
        key = b""
    if len(key) != 32:
        raise UsageError(
            Sentence("That is no public key.", "Dat is geen publieke sleutel."),
            advice=Sentence("`remediate ledger public-key` prints it.", "`remediate ledger public-key` toont die."),
        )
    return key


def _verify_copy(copied: str, key: bytes, files: tuple[Path, ...]) -> ChainReport:
    database = open_database(copied, create=False) if "://" in copied else open_copy(Path(copied))
    try:
        return verify_copy(database, public_key=key, checkpoint_files=files)
    finally:
        database.close()


def _verify_proof(out: Output, path: Path, key: bytes) -> int:
    try:
        proof = read_proof(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise LedgerError(Sentence("The file is no proof.", "Het bestand is geen bewijs.")) from None
    faults = faults_of(proof, key)
    for fault in faults:
        out.say(fault.after("!!  "))
    if not faults:
        out.say(
            Sentence(
                f"ok  {proof.events} events of study {proof.study} stand in ledger {proof.ledger_id}, as signed.",
                f"ok  {proof.events} gebeurtenissen van onderzoek {proof.study} staan in logboek "
                f"{proof.ledger_id}, zoals ondertekend.",
            )
        )
    out.answer(
        {"ok": not faults, "study": proof.study, "events": proof.events, "problems": [fault.en for fault in faults]}
    )
    return ExitCode.CHANGES if faults else ExitCode.DONE


def _second_place(work: Session) -> Path | None:
    named = work.config.ledger.checkpoints
    return work.config.path(named) if named else None


def _files(path: Path | None) -> tuple[Path, ...]:
    if path is None:
        return ()
    return files_in(path) if path.is_dir() else (path,)


def _place(problem: ChainProblem) -> Sentence:
    since = Sentence("", "")
    if problem.after:
        since = Sentence(f" (anywhere after event {problem.after})", f" (ergens na gebeurtenis {problem.after})")
    if not problem.seq:
        return Sentence(f"the whole ledger{since.en}", f"het hele logboek{since.nl}")
    return Sentence(f"event {problem.seq}{since.en}", f"gebeurtenis {problem.seq}{since.nl}")


def _tell(out: Output, report: ChainReport) -> None:
    if report.problems:
        first = next((problem.seq for problem in report.problems if problem.seq), 0)
        out.say(
            Sentence(
                f"The ledger is NOT what was written.{f' First fault at event {first}.' if first else ''}",
                f"Het logboek is NIET wat er is geschreven.{f' Eerste fout bij gebeurtenis {first}.' if first else ''}",
            )
        )
        for problem in report.problems:
            where = f" [{problem.where}]" if problem.where else ""
            place = _place(problem).in_(out.language)
            out.say(f"!!  {place}: {problem.problem}. {sentence_of(problem, out.language)}{where}")
    else:
        out.say(
            Sentence(
                f"ok  {report.events} events, {report.checkpoints} signed checkpoints: the ledger is what was written.",
                f"ok  {report.events} gebeurtenissen, {report.checkpoints} ondertekende controlepunten: het "
                "logboek is wat er is geschreven.",
            )
        )
        out.say(Sentence(f"    head {report.head}", f"    kop {report.head}"))
        if not report.elsewhere:
            out.say(
                Sentence(
                    "--  none of these checkpoints was kept elsewhere: whoever has ledger and keys could rewrite both.",
                    "--  geen van deze controlepunten is elders bewaard: wie logboek en sleutels heeft, zou "
                    "beide kunnen herschrijven.",
                )
            )
    if report.shredded:
        named = ", ".join(report.shredded)
        out.say(
            Sentence(
                f"--  old values shredded: {named}. What was done there, when and by whom is proved; what stood there "
                "before can be neither read nor put back any more.",
                f"--  oude waarden vernietigd: {named}. Wat daar gedaan is, wanneer en door wie, is bewezen; wat er "
                "eerst stond, is niet meer te lezen of terug te zetten.",
            )
        )
    out.answer(
        {
            "ok": not report.problems,
            "events": report.events,
            "checkpoints": report.checkpoints,
            "elsewhere": report.elsewhere,
            "head": report.head,
            "shredded": list(report.shredded),
            "problems": [
                {"event": p.seq, "problem": p.problem, "sentence": p.sentence, "after": p.after, "where": p.where}
                for p in report.problems
            ],
        }
    )


@click.command()
@common_options
@click.option(
    "--to",
    "path",
    type=click.Path(path_type=Path),
    help="File or folder on another disk or share.  [default: ledger.checkpoints]",
)
@pass_state
def checkpoint(state: CommandState, path: Path | None) -> None:
    """Sign the ledger's head and write it to a second place."""
    out = state.output
    with session(state, exclusive=False) as work:
        place = path or _second_place(work)
        if place is None:
            raise UsageError(
                Sentence(
                    "Name a second place: --to FILE, or ledger.checkpoints in the configuration.",
                    "Noem een tweede plek: --to BESTAND, of ledger.checkpoints in de configuratie.",
                )
            )
        event = NewEvent(type=EventType.CHECKPOINT, at=now(), actor=work.account)
        folder = place if place.is_dir() or path is None else None
        text = work.ledger.checkpoint(event, file=None if folder else place)
        if folder is not None:
            keep_in_folder(work.ledger.checkpoints(), folder)
    out.say(text.strip())
    out.next_step(
        Sentence(
            f"keep {place} where nobody who runs remediate can write",
            f"bewaar {place} waar niemand kan schrijven die remediate uitvoert",
        )
    )
    out.answer({"checkpoint": text, "path": str(place)})


_WRITTEN_LATER = Sentence(
    "The next run or `remediate ledger checkpoint` writes what is missing.",
    "De volgende keer, of `remediate ledger checkpoint`, schrijft wat ontbreekt.",
)


def keep_checkpoints_elsewhere(work: Session, out: Output) -> None:
    """Bring checkpoints to the configured second place; where that fails a notice says so, and work goes on."""
    place = _second_place(work)
    if place is None:
        return
    try:
        keep_in_folder(work.ledger.checkpoints(), place)
    except LedgerError as error:
        out.notice(joined(error.sentence, _WRITTEN_LATER))


@click.command("public-key")
@common_options
@pass_state
def public_key(state: CommandState) -> None:
    """Print the key with which anybody checks checkpoints and proofs. It is no secret."""
    with session(state, exclusive=False) as work:
        key, ledger_id = base32(work.keys.public_key), work.ledger.ledger_id
    state.output.say(key)
    state.output.answer({"ledger": ledger_id, "public_key": key})
