"""`demo`: a synthetic hospital on an embedded archive, walked through with the same commands as a real one."""

from __future__ import annotations

import json
import shlex
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any

import click
import yaml

from remediate.cli.commands import State, common_options, pass_state
from remediate.cli.output import complain, percent
from remediate.demo.archive import EmbeddedArchive
from remediate.demo.epd_files import CSV_COLUMNS, write_epd
from remediate.demo.hospital import Hospital, build_hospital
from remediate.demo.received import write_address_book
from remediate.demo.sent_jobs import sent_jobs, write_sent_jobs
from remediate.errors import ExitCode, RemediateError, UsageError
from remediate.files import private_folder
from remediate.language import Sentence


@click.command()
@common_options
@click.option(
    "--dir",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Empty or new folder.  [default: one in the folder for temporary files]",
)
@click.option("--studies", type=click.IntRange(10, 5000), default=60, show_default=True, help="Studies on the archive.")
@click.option("--keep-running", is_flag=True, help="Keep the archive listening at the end, to try commands by hand.")
@pass_state
def demo(state: State, folder: Path | None, studies: int, keep_running: bool) -> int:
    """Show the whole job on a synthetic hospital. No server, no network, no patient data."""
    out = state.output
    where = _folder(folder)
    out.say(f"A synthetic hospital in {where}: every person is made up, every BSN is a test number.")
    hospital = build_hospital(studies)
    epd_files = write_epd(hospital, where / "epd")
    with _archive(hospital, where) as archive:
        out.say(f"{len(hospital.studies)} studies on an archive that listens at {archive.url}.")
        out.say()
        _write_config(where, archive)
        walk = Walk(state, where)
        _walk(walk, epd_files, studies)
        _measure_more(walk, hospital)
        _summary(walk)
        out.answer({"dir": str(where), "page": str(walk.page), "steps": walk.steps, **walk.summary})
        if keep_running:
            _keep_running(archive)
    return ExitCode.DONE


def _folder(folder: Path | None) -> Path:
    if folder is None:
        return Path(tempfile.mkdtemp(prefix="remediate-demo-"))
    if folder.exists() and any(folder.iterdir()):
        raise UsageError(
            Sentence(f"{folder} is not empty.", f"{folder} is niet leeg."),
            advice=Sentence("The demo starts in a new folder.", "De demo begint in een nieuwe map."),
        )
    private_folder(folder)
    return folder.resolve()


@contextmanager
def _archive(hospital: Hospital, where: Path) -> Iterator[EmbeddedArchive]:
    with EmbeddedArchive(where / "archive") as archive:
        for study in hospital.studies:
            archive.store_directly(study.objects())
        yield archive


def _write_config(where: Path, archive: EmbeddedArchive) -> None:
    settings = {
        "archive": {
            "ae_title": "REMEDIATE",
            "host": archive.host,
            "port": archive.port,
            "called_ae_title": archive.ae_title,
            "retrieve": "c-get",
        },
        "epd": {
            "default_issuer": "HOSPITAL",
            "csv": {"columns": CSV_COLUMNS},
        },
        "report": {"hospital": "Synthetic hospital"},
        "measure": {
            "own_institutions": ["Ziekenhuis Oost", "Ziekenhuis West"],
            "address_book": str(write_address_book(where / "address-book.csv")),
        },
        "execute": {"spool": {"min_free_bytes": 10_000_000}},
    }
    (where / "config.yaml").write_text(yaml.safe_dump(settings, sort_keys=False), encoding="utf-8")


class Walk:
    """Runs commands one after the other, as a person would type them."""

    def __init__(self, state: State, where: Path) -> None:
        self.state = state
        self.where = where
        self.steps: list[str] = []
        self.summary: dict[str, Any] = {}

    @property
    def page(self) -> Path:
        """The first plan's page: the one a person approves."""
        return self.where / "plans" / "plan-0001" / "plan.html"

    def ask(self, *arguments: str) -> dict[str, Any]:
        """The JSON answer of a command, for the summary."""
        from remediate.cli.main import invoke

        with redirect_stdout(StringIO()) as text:
            invoke(["--config", str(self.where / "config.yaml"), "--json", *arguments])
        answer: dict[str, Any] = json.loads(text.getvalue())
        return answer

    def step(self, why: str, *arguments: str, may_exit: tuple[int, ...] = (0,)) -> None:
        """Say why, run the command, and stop the demo if it ends otherwise than it may."""
        from remediate.cli.main import invoke

        out = self.state.output
        out.say(f"# {why}")
        out.say(f"$ remediate {shlex.join(arguments)}")
        sys.stdout.flush()
        config = str(self.where / "config.yaml")
        with _quiet(out.as_json):
            code = invoke(["--config", config, "--lang", out.language.value, *arguments])
        out.say()
        self.steps.append(arguments[0])
        if code not in may_exit:
            raise RemediateError(
                Sentence(
                    f"The demo's step `{' '.join(arguments)}` ended with exit code {code}.",
                    f"De stap `{' '.join(arguments)}` van de demo eindigde met exitcode {code}.",
                )
            )


@contextmanager
def _quiet(silent: bool) -> Iterator[None]:
    """With --json the steps' own text would stand before the one document."""
    if not silent:
        yield
        return
    with redirect_stdout(StringIO()):
        yield


def _walk(walk: Walk, epd_files: tuple[Path, ...], studies: int) -> None:
    plan = str(walk.where / "plans" / "plan-0001" / "plan.json")
    walk.step("Create keys and the ledger.", "init", "--dir", str(walk.where))
    walk.step("May this archive be corrected at all? Try it on a marked test study.", "doctor", "--probe")
    walk.step("What does the archive say it has?", "survey")
    walk.step("Whom does the EPD know?", "epd", "load", *(str(path) for path in epd_files))
    walk.step("The number before.", "measure", "survey")
    walk.step("The dry run. Nothing is stored.", "plan")
    walk.step("A person reads the page and puts a name under it.", "approve", plan, "--by", "demo reviewer")
    first = str(max(1, studies // 6))
    walk.step("First night: a few studies.", "execute", plan, "--now", "--max-studies", first, may_exit=(3,))
    walk.step("Second night: the rest.", "execute", plan, "--now")
    walk.step("Weeks later: is it still as written?", "verify", plan)
    walk.step("A second run does nothing: survey and plan again.", "survey")
    walk.step("Nothing is planned any more.", "plan", "--detailed-exitcode")
    walk.step("The ledger's proof.", "ledger", "verify")
    walk.step("The number after.", "measure", "survey")


def _measure_more(walk: Walk, hospital: Hospital) -> None:
    """A sample of headers, what the gateway sent, what came from elsewhere, and the course."""
    jobs = write_sent_jobs(sent_jobs(hospital, until=datetime.now()), walk.where / "jobs.csv")  # noqa: DTZ005
    walk.step("Is it true? Look at the headers of a random sample.", "measure", "sample", "--size", "30")
    walk.step("How much went along properly with what was sent?", "measure", "jobs", str(jobs))
    walk.step("And with what others sent us? Each gets a letter.", "measure", "received")
    walk.step("The course, and what each night did.", "measure", "trend")


def _summary(walk: Walk) -> None:
    out = walk.state.output
    points = walk.ask("measure", "trend")["points"]
    before, after = points[0], points[-1]
    proof = walk.ask("ledger", "verify")
    out.say(f"BSN in the right place before: {percent(before['share'])} ({before['correct']} of {before['studies']})")
    out.say(f"BSN in the right place after:  {percent(after['share'])} ({after['correct']} of {after['studies']})")
    out.say("The rest waits for a person: the demo hospital is made of doubtful cases, far more than a real one.")
    out.say(f"Ledger: {'proved' if proof['ok'] else 'NOT PROVED'}, {proof['events']} events, head {proof['head']}")
    out.say(f"The plan that was approved, as a page: {walk.page}")
    walk.summary = {
        "coverage": {"before": before["share"], "after": after["share"]},
        "ledger": {"ok": proof["ok"], "events": proof["events"], "head": proof["head"]},
    }


def _keep_running(archive: EmbeddedArchive) -> None:
    complain(f"The archive keeps listening at {archive.url}; ctrl-c ends it.")
    with suppress(KeyboardInterrupt):
        threading.Event().wait()


COMMANDS = (demo,)
