"""Opens what a command of the command line works with, as its common options say; decides nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click

from remediate import __version__, wiring
from remediate.cli.commands import CommandState
from remediate.cli.night.notices import Patience
from remediate.config.settings import Config, load_config, parse_config
from remediate.ledger.database import hold_lock, ledger_file
from remediate.persons import account
from remediate.processes import this_process
from remediate.program_log import Happened, is_open, open_log, tell
from remediate.records.signs import Holder
from remediate.texts.language import Language


def offline(state: CommandState) -> wiring.Offline:
    """The configuration where there is one, else the defaults of everything that is no archive."""
    if state.config.exists():
        return wiring.Offline(configured(state))
    return wiring.Offline(parse_config({"archive": {"port": 104, "called_ae_title": "NONE"}}, base=Path()))


def configured(state: CommandState) -> Config:
    """The configuration; its language is spoken from now on where --lang did not say another, in its time zone."""
    config = load_config(state.config)
    state.output.zone = config.execute.window.zone
    if not state.language_given:
        state.output.language = Language(config.report.language)
    context = click.get_current_context(silent=True)
    if context is not None and not is_open():
        log, command = config.log, context.command_path
        most = round(log.megabytes * 1_000_000)
        open_log(config.path(log.file), command, level=log.level, form=log.form, most_bytes=most, kept=log.keep)
        tell(Happened.COMMAND_BEGUN, version=__version__)
    return config


@contextmanager
def session(state: CommandState, *, exclusive: bool) -> Iterator[wiring.Session]:
    """Open what a command needs. `exclusive` holds the ledger's lock: one process at work at a time."""
    config = configured(state)
    ledger = ledger_file(wiring.database_url(config))
    ours = (ledger, config.path(config.execute.spool.folder), config.path(config.report.folder))
    state.how_far.folders = [folder for folder in ours if folder is not None]
    with ExitStack() as stack:
        if exclusive:
            wiring.keys_of(config)
            far = state.how_far
            note = Holder(this_process(), far.name, wiring.now(), changes_studies=far.begins_work).note()
            stack.enter_context(hold_lock(wiring.database_url(config), note))
        work = wiring.Session(config, stack, Patience(state.output), account())
        yield work
        if exclusive and config.metrics.file:
            _write_metrics(work, state)


def _write_metrics(work: wiring.Session, state: CommandState) -> None:
    from remediate.cli.metrics import write_metrics  # few commands write any

    if (problem := write_metrics(work.ledger, work.config, wiring.now())) is not None:
        state.output.notice(problem)
