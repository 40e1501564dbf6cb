"""`demo`: a synthetic hospital on an embedded archive, walked through with the same commands as a real one."""

from __future__ import annotations

import json
import shlex
import socket
import subprocess
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

from remediate.cli.commands import CommandState, common_options, pass_state
from remediate.cli.output import complain, in_each
from remediate.cli.web import require_pages
from remediate.demo.archive import EmbeddedArchive
from remediate.demo.epd_files import CSV_COLUMNS, write_epd
from remediate.demo.hospital import Hospital, build_hospital
from remediate.demo.received import write_address_book
from remediate.demo.sent_jobs import sent_jobs, write_sent_jobs
from remediate.errors import ExitCode, RemediateError, UsageError
from remediate.files import private_folder
from remediate.records.roles import Role
from remediate.texts import notation
from remediate.texts.language import Sentence


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
@click.option("--web", "with_pages", is_flag=True, help="Serve the pages over its ledger at the end, with an account.")
@pass_state
def demo(state: CommandState, folder: Path | None, studies: int, keep_running: bool, with_pages: bool) -> int:
    """Show the whole job on a synthetic hospital. No server, no network, no patient data."""
    out = state.output
    if with_pages:
        require_pages()
    where = _folder(folder)
    out.say(
        Sentence(
            f"A synthetic hospital in {where}: every person is made up, every BSN is a test number.",
            f"Een synthetisch ziekenhuis in {where}: elke persoon is verzonnen, elk BSN is een testnummer.",
        )
    )
    hospital = build_hospital(studies)
    epd_files = write_epd(hospital, where / "epd")
    with _archive(hospital, where) as archive:
        out.say(
            Sentence(
                f"{len(hospital.studies)} studies on an archive that listens at {archive.url}.",
                f"{len(hospital.studies)} onderzoeken in een archief dat luistert op {archive.url}.",
            )
        )
        out.say()
        _write_config(where, archive)
        walk = DemoWalk(state, where)
        _walk(walk, epd_files, studies)
        _measure_more(walk, hospital)
        _summary(walk)
        out.answer({"dir": str(where), "page": str(walk.page), "steps": walk.steps, **walk.summary})
        if with_pages:
            _serve_pages(walk)
        elif keep_running:
            _keep_running(state, archive)
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
        "web": {"port": _free_port()},
    }
    (where / "config.yaml").write_text(yaml.safe_dump(settings, sort_keys=False), encoding="utf-8")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


class DemoWalk:
    """Runs commands one after the other, as a person would type them."""

    def __init__(self, state: CommandState, where: Path) -> None:
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

    def step(self, why: Sentence, *arguments: str, may_exit: tuple[int, ...] = (0,)) -> None:
        """Say why, run the command, and stop the demo if it ends otherwise than it may."""
        from remediate.cli.main import invoke

        out = self.state.output
        out.say(why.after("# "))
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


def _walk(walk: DemoWalk, epd_files: tuple[Path, ...], studies: int) -> None:
    plan = str(walk.where / "plans" / "plan-0001" / "plan.json")
    first = str(max(1, studies // 6))
    walk.step(Sentence("Create keys and the ledger.", "Maak sleutels en logboek."), "init", "--dir", str(walk.where))
    walk.step(
        Sentence(
            "May this archive be corrected at all? Try it on a marked test study.",
            "Mag in dit archief worden gecorrigeerd? Probeer het op een gemarkeerd testonderzoek.",
        ),
        "doctor",
        "--probe",
    )
    walk.step(Sentence("What does the archive say it has?", "Wat zegt het archief dat het heeft?"), "survey")
    files = (str(path) for path in epd_files)
    walk.step(Sentence("Whom does the EPD know?", "Wie kent het EPD?"), "epd", "load", *files)
    walk.step(Sentence("The number before.", "Het getal vooraf."), "measure", "survey")
    walk.step(Sentence("The dry run. Nothing is stored.", "Het plan. Er wordt niets opgeslagen."), "plan")
    walk.step(
        Sentence(
            "A person reads the page and puts a name under it.", "Iemand leest de pagina en zet er een naam onder."
        ),
        "approve",
        plan,
        "--by",
        "demo reviewer",
    )
    night = ("execute", plan, "--now")
    walk.step(
        Sentence("First night: a few studies.", "Eerste nacht: enkele onderzoeken."),
        *night,
        "--max-studies",
        first,
        may_exit=(3,),
    )
    walk.step(Sentence("Second night: the rest.", "Tweede nacht: de rest."), *night)
    walk.step(
        Sentence("Weeks later: is it still as written?", "Weken later: staat het er nog zoals geschreven?"),
        "verify",
        plan,
    )
    walk.step(
        Sentence(
            "A second run does nothing: survey and plan again.",
            "Een tweede keer gebeurt er niets: opnieuw survey en plan.",
        ),
        "survey",
    )
    walk.step(Sentence("Nothing is planned any more.", "Er is niets meer gepland."), "plan", "--detailed-exitcode")
    walk.step(Sentence("The ledger's proof.", "Het bewijs van het logboek."), "ledger", "verify")
    walk.step(Sentence("The number after.", "Het getal achteraf."), "measure", "survey")


def _measure_more(walk: DemoWalk, hospital: Hospital) -> None:
    """A sample of headers, what the gateway sent, what came from elsewhere, and the course."""
    jobs = write_sent_jobs(sent_jobs(hospital, until=datetime.now()), walk.where / "jobs.csv")  # noqa: DTZ005
    walk.step(
        Sentence(
            "Is it true? Look at the headers of a random sample.",
            "Klopt het? Bekijk de headers van een willekeurige steekproef.",
        ),
        "measure",
        "sample",
        "--size",
        "30",
    )
    walk.step(
        Sentence("How much went along properly with what was sent?", "Hoeveel ging goed mee met wat is verzonden?"),
        "measure",
        "jobs",
        str(jobs),
    )
    walk.step(
        Sentence(
            "And with what others sent us? Each gets a letter.",
            "En met wat anderen ons stuurden? Elk krijgt een brief.",
        ),
        "measure",
        "received",
    )
    walk.step(
        Sentence("The course, and what each night did.", "Het verloop, en wat elke nacht deed."), "measure", "trend"
    )


def _summary(walk: DemoWalk) -> None:
    """What happened and what to do next, in ten lines."""
    points = walk.ask("measure", "trend")["points"]
    before, after = points[0], points[-1]
    proof = walk.ask("ledger", "verify")
    waiting = walk.ask("review", "list")["studies"]
    out = walk.state.output
    for line in _happened(before, after, proof, waiting):
        out.say(line)
    out.say(Sentence("What to do next", "Wat u nu kunt doen"))
    out.table((what.in_(out.language), how) for what, how in _next(walk))
    out.say(
        Sentence(
            "  then on a test archive of your own: README.md, `On a test archive, tonight`; remediate init",
            "  daarna op een eigen testarchief: README.md, `On a test archive, tonight`; remediate init",
        )
    )
    walk.summary = {
        "coverage": {"before": before["share"], "after": after["share"]},
        "ledger": {"ok": proof["ok"], "events": proof["events"], "head": proof["head"]},
    }


def _happened(
    before: dict[str, Any], after: dict[str, Any], proof: dict[str, Any], waiting: int
) -> tuple[Sentence, ...]:
    first, last = (in_each(notation.part_of, point["correct"], point["studies"]) for point in (before, after))
    right = after["correct"] - before["correct"]
    proved = Sentence("proved", "klopt") if proof["ok"] else Sentence("NOT PROVED", "KLOPT NIET")
    return (
        Sentence("What happened", "Wat er is gebeurd"),
        Sentence(
            f"  BSN in the right place: {first.en} before, {last.en} after; {right} studies were corrected and read "
            "back.",
            f"  BSN op de juiste plaats: {first.nl} ervoor, {last.nl} erna; {right} onderzoeken gecorrigeerd en "
            "teruggelezen.",
        ),
        Sentence(
            f"  {waiting} studies wait for a person: this hospital is made of doubtful cases, a real one is not.",
            f"  {waiting} onderzoeken wachten op een mens: dit ziekenhuis bestaat uit twijfelgevallen, een echt niet.",
        ),
        Sentence(
            f"  Ledger: {proved.en}, {proof['events']} events say who did what, when and why.",
            f"  Logboek: {proved.nl}, {proof['events']} gebeurtenissen zeggen wie wat deed, wanneer en waarom.",
        ),
    )


def _next(walk: DemoWalk) -> tuple[tuple[Sentence, str], ...]:
    """What to look at, and where or how."""
    command = f"remediate --config {walk.where / 'config.yaml'}"
    return (
        (Sentence("read the plan that was approved:", "lees het goedgekeurde plan:"), str(walk.page)),
        (
            Sentence("see the measurements:", "bekijk de metingen:"),
            str(walk.where / "measurements" / "measure.html"),
        ),
        (Sentence("see who waits, and why:", "zie wat wacht, en waarom:"), f"{command} review list"),
        (Sentence("make a page of the last night:", "maak een pagina van de nacht:"), f"{command} report"),
        (Sentence("open its pages in a browser:", "open de pagina's in een browser:"), "remediate demo --web"),
    )


def _keep_running(state: CommandState, archive: EmbeddedArchive) -> None:
    told = Sentence(
        f"The archive keeps listening at {archive.url}; ctrl-c ends it.",
        f"Het archief blijft luisteren op {archive.url}; ctrl-c beëindigt dat.",
    )
    complain(told.in_(state.output.language))
    with suppress(KeyboardInterrupt):
        threading.Event().wait()


def _serve_pages(walk: DemoWalk) -> None:
    """An account that may do everything, the link by which it gets its password, and the pages until ctrl-c."""
    roles = [word for role in Role for word in ("--role", role.value)]
    made = walk.ask("web", "user", "add", "demo", "--person", "Demo Reviewer", *roles)
    walk.state.output.say(
        Sentence(
            f"First choose a password for the account demo, and a second factor: {made['link']}",
            f"Kies eerst een wachtwoord voor het account demo, en een tweede factor: {made['link']}",
        )
    )
    sys.stdout.flush()
    command = [sys.executable, "-m", "remediate", "--config", str(walk.where / "config.yaml"), "web"]
    with suppress(KeyboardInterrupt):
        subprocess.run(  # noqa: S603 - our own program
            [*command, "--lang", walk.state.output.language.value], check=False
        )


COMMANDS = (demo,)
