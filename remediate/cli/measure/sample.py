"""`measure sample`: a random sample of headers, and what it proves about "more than 95 %"."""

from __future__ import annotations

import secrets
from pathlib import Path

import click

from remediate.cli.commands import CommandState, common_options, pass_state
from remediate.cli.measure.jobs import list_of
from remediate.cli.measure.report import (
    dated,
    folder_of,
    keep,
    out_option,
    tell_places,
    tell_table,
    undecided_of,
    write_all,
)
from remediate.cli.output import Output
from remediate.cli.wiring import session
from remediate.measure.coverage import DIMENSIONS
from remediate.measure.job_list import Period
from remediate.measure.jobs import measure_jobs
from remediate.measure.names import shown_name
from remediate.measure.sample import ARCHIVE, LARGEST, Sample, default_size, draws_so_far, sample_json
from remediate.measure.sampling import Sampler, SamplingFrame, known_share, sent, stored
from remediate.records.measurements import MeasurementKind
from remediate.report.measure import tables
from remediate.report.measure.lines import sample_lines, sample_origin, sample_verdict
from remediate.report.measure.words import Say
from remediate.wiring import Session, now

_SEEDS = 10_000_000  # at most seven digits: no seed reads as a BSN


@click.command()
@common_options
@click.option("--size", type=click.IntRange(1, LARGEST), help="Studies to look at.  [default: enough to show > 95 %]")
@click.option(
    "--confidence", type=click.FloatRange(80, 99.9), help="Of the interval, in per cent.  [default: measure.confidence]"
)
@click.option("--seed", type=click.IntRange(0, _SEEDS - 1), help="Draw the same studies again.  [default: random]")
@click.option(
    "--by",
    type=click.Choice(DIMENSIONS),
    multiple=True,
    default=("year",),
    show_default=True,
    help="By what the sample is told apart; may be given again. Changes nothing of what is drawn.",
)
@click.option(
    "--sent",
    "list_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Draw from the studies that this job list says were sent, instead of from the archive.",
)
@out_option
@pass_state
def sample(
    state: CommandState,
    size: int | None,
    confidence: float | None,
    seed: int | None,
    by: tuple[str, ...],
    list_file: Path | None,
    folder: Path | None,
) -> None:
    """Look at the headers of randomly drawn studies: one object of each series is retrieved; nothing is stored.

    Answers the share with its interval, whether "more than 95 %" is shown, and how many studies that takes.
    """
    out = state.output
    seed = secrets.randbelow(_SEEDS) if seed is None else seed
    with session(state, exclusive=True) as work:
        level = confidence / 100 if confidence else work.config.measure.confidence
        frame = _frame(work, list_file)
        size = size or default_size(*known_share(frame), confidence=level)
        taken = _take(work, out, frame, size=size, seed=seed, by=by, confidence=level)
        figures = dated(sample_json(taken))
        figures["draws"] = draws_so_far(work.ledger.measurements(MeasurementKind.SAMPLE), figures)
        number = keep(work, MeasurementKind.SAMPLE, figures)
        places = write_all(work, out, "sample", figures, folder_of(work, folder))
    say = Say(out.language, out.zone)
    out.say(sample_verdict(figures, say))
    for line in sample_lines(figures, say):
        out.say(line)
    out.say(sample_origin(figures, say))
    tell_table(out, say("why_not"), tables.reason_table(figures["wrong"] | figures["unseen"], say, code_first=True))
    tell_table(out, say("by_stratum"), tables.strata_table(figures["by"]["stratum"], say))
    tell_places(out, places)
    out.answer({**figures, "measurement": number, **places})


def _take(
    work: Session, out: Output, frame: SamplingFrame, *, size: int, seed: int, by: tuple[str, ...], confidence: float
) -> Sample:
    with out.progress(total=size, unit="studies", what="looked at") as bar:
        sampler = Sampler(
            archive=work.archive,
            census=work.ledger,
            studies=work.ledger,
            events=work.ledger,
            spool=work.spool,
            judge=work.judge,
            evidence_settings=work.evidence_settings,
            clock=now,
            progress=bar.update,
        )
        return sampler.take(frame, size=size, seed=seed, by=by, confidence=confidence)


def _frame(work: Session, list_file: Path | None) -> SamplingFrame:
    if list_file is None:
        return stored(work.ledger, undecided_of(work))
    listed = list_of(work, list_file, Period())
    found = measure_jobs(listed, census=work.ledger, studies=work.ledger, judge=work.judge)
    return sent(found, work.ledger, work.ledger, work.judge, source=_named(list_file))


def _named(list_file: Path) -> str:
    """The list as a source; one that is called as the archive is must not be taken for it."""
    name = shown_name(list_file.name)
    return f"{name} (--sent)" if name == ARCHIVE else name
