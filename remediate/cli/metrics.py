"""`metrics`: what Prometheus is told, on stdout, in a file after each command, or at a port of this machine.

The file fails no command. What listens has the loopback address and no other: nothing here asks who calls.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing, suppress
from datetime import datetime
from typing import Any, TextIO
from wsgiref.simple_server import WSGIRequestHandler, make_server

import click
from prometheus_client.exposition import CONTENT_TYPE_LATEST, ThreadingWSGIServer

from remediate.cli.commands import CommandState, common_options, pass_state
from remediate.cli.output import Output
from remediate.cli.wiring import session
from remediate.config.settings import Config
from remediate.errors import ConfigError, RemediateError
from remediate.files import replacing
from remediate.jobs.last_runs import RUNS, LastRun, runs_of
from remediate.ledger.ledger import SqlLedger
from remediate.night.life import Life, open_batches
from remediate.records.ledger import BatchRow
from remediate.records.measurements import MeasurementKind
from remediate.records.signs import Doing
from remediate.report.metrics import JobRun, Measured, MetricValues, ToldReceiver, metrics_text
from remediate.texts.language import Sentence, strerror_nl
from remediate.wiring import Machine, now

_LOOPBACK = "127.0.0.1"
_LOOK_BACK = 20
"""Batches: one of messages tells no pace."""
_MODE = 0o644
"""The collector runs under another account; nothing in the file is about a patient."""


def write_metrics(ledger: SqlLedger, config: Config, at: datetime) -> Sentence | None:
    """None where the file was written, or none is wanted; else why not."""
    if not config.metrics.file:
        return None
    path = config.path(config.metrics.file)
    try:
        text = metrics_text(_facts(ledger, config, at))
        with replacing(path) as file:
            file.write(text.encode())
            os.fchmod(file.fileno(), _MODE)  # whatever the umask says
    except OSError as error:
        return Sentence(
            f"The metrics were not written: {error.strerror}: {path}.",
            f"De metrieken zijn niet geschreven: {strerror_nl(error)}: {path}.",
        )
    except RemediateError as error:
        return error.sentence
    return None


@click.command("metrics")
@common_options
@click.option("--serve", "serves", is_flag=True, help="Give them at metrics.port of this machine, until stopped.")
@pass_state
def metrics(state: CommandState, serves: bool) -> None:
    """What Prometheus is told: studies by state, coverage, pace and why, latency, batches, jobs.

    The text that metrics.file gets after each command, as it is at this moment.
    """
    with session(state, exclusive=False) as work:
        ledger, config = work.ledger, work.config
        if serves:
            _serve(state.output, config, lambda: metrics_text(_facts(ledger, config, now())))
            return
        text = metrics_text(_facts(ledger, config, now()))
    state.output.block(text.rstrip("\n"))
    state.output.answer({"text": text})


def _serve(out: Output, config: Config, text: Callable[[], str]) -> None:
    """Until it is stopped. Raises `ConfigError` without a port, and where something else listens there."""
    port = config.metrics.port
    if port is None:
        raise ConfigError(
            Sentence(
                "No port is configured: set metrics.port, such as 9465.",
                "Er is geen poort ingesteld: stel metrics.port in, bijvoorbeeld op 9465.",
            )
        )
    try:
        server = make_server(_LOOPBACK, port, _application(text), ThreadingWSGIServer, _Quiet)
    except OSError as error:
        raise ConfigError(
            Sentence(
                f"Nothing can listen at {_LOOPBACK}:{port}: {error.strerror}.",
                f"Op {_LOOPBACK}:{port} kan niet worden geluisterd: {strerror_nl(error)}.",
            )
        ) from None
    with closing(server.socket):
        address = f"http://{_LOOPBACK}:{server.server_port}/metrics"
        out.say(Sentence(f"The metrics: {address}  (Ctrl-C ends)", f"De metrieken: {address}  (Ctrl-C stopt)"))
        out.answer({"address": address})
        sys.stdout.flush()
        with suppress(KeyboardInterrupt):  # as was said
            server.serve_forever()


def _application(text: Callable[[], str]) -> Callable[[dict[str, Any], Callable[..., object]], Iterable[bytes]]:
    """By WSGI (PEP 3333). A ledger that cannot be read is 503: Prometheus then counts it as down."""

    def answer(environ: dict[str, Any], start: Callable[..., object]) -> Iterable[bytes]:
        status, kind, body = "200 OK", CONTENT_TYPE_LATEST, ""
        if environ["PATH_INFO"] != "/metrics" or environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            status, kind, body = "404 Not Found", "text/plain", "GET /metrics\n"
        else:
            try:
                body = text()
            except RemediateError:  # what it says may name the hospital's database
                status, kind, body = "503 Service Unavailable", "text/plain", "The ledger cannot be read.\n"
        content = body.encode()
        start(status, [("Content-Type", kind), ("Content-Length", str(len(content)))])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [content]

    return answer


class _Quiet(WSGIRequestHandler):
    """Says nothing of who called; and of what failed nothing but 500, for a traceback may quote values."""

    timeout = 10  # seconds without a byte from whoever calls

    def log_message(self, *_: object) -> None:
        """Not told."""

    def get_stderr(self) -> TextIO:
        """What nobody reads."""
        return io.StringIO()


def _facts(ledger: SqlLedger, config: Config, at: datetime) -> MetricValues:
    runs = runs_of(ledger.fact(RUNS))
    batches = ledger.batches()
    at_work = [one.doing for one in open_batches(ledger, Machine(config)) if one.life is Life.ALIVE]
    return MetricValues(
        counts=ledger.counts(),
        batches=batches,
        at_work=len(at_work),
        paces=[doing for doing in at_work if doing.pace_code] or _last_pace(ledger, batches),
        jobs=[_run(run) for run in runs.values()],
        told=[
            ToldReceiver(one.cursor.receiver, one.notifications, one.dead, one.since)
            for one in ledger.waiting_notifications(config.tell)
            if one.cursor.receiver in config.tell or one.notifications or one.dead
        ],
        copies={(name, state.value): number for (name, state), number in ledger.copy_counts().items()},
        coverage=_newest(ledger, MeasurementKind.SURVEY),
        inflow=_newest(ledger, MeasurementKind.NEW),
        at=at,
    )


def _last_pace(ledger: SqlLedger, batches: Sequence[BatchRow]) -> Sequence[Doing]:
    """Of the newest batch that told any, within the last few."""
    signs = ledger.signs([batch.batch_id for batch in batches[:_LOOK_BACK]])
    told = (signs[batch.batch_id].doing for batch in batches[:_LOOK_BACK] if batch.batch_id in signs)
    return [doing for doing in told if doing.pace_code][:1]


def _run(run: LastRun) -> JobRun:
    succeeded = datetime.fromisoformat(run.succeeded) if run.succeeded else None
    return JobRun(run.job, run.code, datetime.fromisoformat(run.ended), succeeded)


def _newest(ledger: SqlLedger, kind: MeasurementKind) -> Measured | None:
    found = ledger.newest_measurement(kind)
    return None if found is None else Measured(found.at, found.figures)


COMMANDS = (metrics,)
