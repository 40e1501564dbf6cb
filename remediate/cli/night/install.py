"""`install`: shows the units of systemd, or the lines for cron, that start jobs by themselves; with --write keeps them.

Starts and enables nothing: it says which command does.
"""

from __future__ import annotations

import os
import pwd
import sys
from datetime import UTC
from pathlib import Path

import click

from remediate.cli.commands import CommandState, common_options, pass_state
from remediate.cli.output import Output
from remediate.cli.wiring import configured
from remediate.config.settings import Config
from remediate.errors import UsageError
from remediate.files import replacing
from remediate.jobs.job_file import FOLDER
from remediate.jobs.units import CRON, METRICS, WORKER, Installation, cron_lines, systemd_files, worker_files
from remediate.ledger.database import ledger_file
from remediate.texts.language import Sentence
from remediate.wiring import database_url, now, processors

_MODE = 0o644


@click.command()
@common_options
@click.option("--system", "where", flag_value="system", help="For this machine.  [default: when you are root]")
@click.option("--user", "where", flag_value="user", help="For your own account.  [default: when you are not root]")
@click.option("--cron", is_flag=True, help="Lines for cron instead of units for systemd.")
@click.option("--worker", is_flag=True, help="Only the unit of a machine that shares the work, on PostgreSQL.")
@click.option("--account", default="", help="Who runs the jobs, with --system.  [default: whose the configuration is]")
@click.option(
    "--write",
    "folder",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    help="Write the files into this folder, such as /etc/systemd/system.  [default: only show them]",
)
@pass_state
def install(
    state: CommandState, where: str | None, account: str, folder: Path | None, *, cron: bool, worker: bool
) -> None:
    """Have jobs start by themselves: a systemd service, timers and template unit, or lines for cron. Without --write it
    only shows what it would write; it enables nothing."""
    out = state.output
    config = configured(state)
    is_system = (where or ("system" if os.geteuid() == 0 else "user")) == "system"
    if account and not is_system:
        raise UsageError(Sentence("--account goes with --system.", "--account hoort bij --system."))
    if worker:
        _require_several(config, cron=cron)
    found = _installation(state, config, (account or _owner(state.config)) if is_system else "")
    made = worker_files(found) if worker else {CRON: cron_lines(found)} if cron else systemd_files(found)
    paths: dict[str, Path] = {}
    for name, text in made.items():
        if folder is not None:
            paths[name] = folder / name
            with replacing(paths[name], _MODE) as file:
                file.write(text.encode())
                os.fchmod(file.fileno(), _MODE)
        out.say(f"==> {paths.get(name, name)}")
        out.block(text)
        out.say()
    _advise(out, found, made, folder, is_system=is_system, cron=cron)
    files = [
        {"name": name, "text": text, "path": str(paths[name]) if name in paths else None} for name, text in made.items()
    ]
    out.answer({"files": files, "written": folder is not None, "enable": _commands(made, is_system, cron)})


def _require_several(config: Config, *, cron: bool) -> None:
    """Raises `UsageError` where a unit that stays at work makes no sense."""
    if cron:
        raise UsageError(
            Sentence(
                "cron keeps nothing at work: --worker is for systemd.",
                "cron houdt niets aan het werk: --worker is voor systemd.",
            )
        )
    if ledger_file(database_url(config)) is not None:
        raise UsageError(
            Sentence(
                "An embedded ledger is for one process, which the nightly job begins: --worker takes PostgreSQL.",
                "Een ingebed logboek is voor één proces, dat de nachttaak start: voor --worker is PostgreSQL nodig.",
            )
        )


def _installation(state: CommandState, config: Config, account: str) -> Installation:
    hooks = (config.report.morning.webhook, *(one.webhook for one in config.tell.values()))
    secrets = (config.keys, config.report.morning.mail.password, *(hook.token for hook in hooks if hook))
    return Installation(
        command=_program(),
        config=state.config.resolve(),
        account=account,
        window=config.execute.window,
        jobs=tuple(sorted(path.stem for path in (config.base / FOLDER).glob("*.yaml"))),
        writes=_writes(config),
        credentials=tuple(dict.fromkeys(secret.credential for secret in secrets if secret.credential)),
        keys=config.path(config.keys.file) if config.keys.in_file else None,
        gives_metrics=config.metrics.port is not None,
        language=state.output.language,
    )


def _program() -> tuple[str, ...]:
    """This program, wherever it was installed."""
    script = Path(sys.prefix) / "bin" / "remediate"
    return (str(script),) if script.exists() else (sys.executable, "-m", "remediate")


def _writes(config: Config) -> tuple[Path, ...]:
    """The folders in which jobs write: the configuration's own, and those named that lie elsewhere."""
    ledger, morning = ledger_file(database_url(config)), config.report.morning.file
    named = [
        config.path(config.execute.spool.folder),
        config.path(config.report.folder),
        config.path(config.measure.folder),
        *([ledger.parent] if ledger else []),
        *([config.path(config.ledger.checkpoints)] if config.ledger.checkpoints else []),
        *(config.path(name).parent for name in (config.metrics.file, morning, config.log.file) if name),
    ]
    others = [folder for folder in dict.fromkeys(named) if not folder.is_relative_to(config.base)]
    return (config.base, *others)


def _owner(path: Path) -> str:
    uid = path.stat().st_uid
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _commands(made: dict[str, str], is_system: bool, cron: bool) -> list[str]:
    if cron:
        return [f"install -m 644 {CRON} /etc/cron.d/{CRON}" if is_system else f"crontab {CRON}"]
    manager = "systemctl" if is_system else "systemctl --user"
    units = [name for name in made if name.endswith(".timer") or name == METRICS]
    if WORKER in made:
        units = [WORKER.replace("@", f"@{processors()}")]
    found = [f"{manager} daemon-reload", f"{manager} enable --now {' '.join(units)}"]
    return found if is_system else [*found, "loginctl enable-linger"]


def _advise(
    out: Output, found: Installation, made: dict[str, str], folder: Path | None, *, is_system: bool, cron: bool
) -> None:
    if found.account == "root":
        out.say(
            Sentence(
                "The configuration is root's. Jobs need no rights of root: give the folder to an account of its own, "
                "and name that with --account.",
                "De configuratie is van root. Taken hebben geen rechten van root nodig: geef de map aan een eigen "
                "account, en noem dat met --account.",
            )
        )
    offset = now().astimezone(found.window.zone).utcoffset()
    if cron and offset != now().astimezone(UTC).astimezone().utcoffset():
        zone = found.window.timezone
        out.say(
            Sentence(
                f"This machine's clock is not that of {zone}: cron would start at another time. Use systemd, or set "
                "the machine's zone.",
                f"De klok van deze machine is niet die van {zone}: cron zou op een ander tijdstip starten. Gebruik "
                "systemd, of stel de zone van de machine in.",
            )
        )
    if folder is None:
        place = "." if cron else "/etc/systemd/system" if is_system else "~/.config/systemd/user"
        out.next_step(Sentence(f"the same with --write {place}", f"hetzelfde met --write {place}"))
    else:
        out.next_step("; ".join(_commands(made, is_system, cron)))


COMMANDS = (install,)
