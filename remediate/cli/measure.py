"""`measure survey`: how much is right, against Twiin's 95 %."""

from __future__ import annotations

import click

from remediate.cli.commands import State, common_options, pass_state
from remediate.cli.output import Output, percent
from remediate.cli.wiring import session
from remediate.workflow.measure.coverage import Coverage, coverage_json, measure_survey
from remediate.workflow.reasons import sentence


@click.group(invoke_without_command=True)
@common_options
@click.pass_context
def measure(ctx: click.Context) -> None:
    """Coverage: in how many studies the BSN stands in the right place."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(survey)


@measure.command()
@common_options
@pass_state
def survey(state: State) -> None:
    """Coverage of everything that was surveyed, by year, modality and institution."""
    out = state.output
    with session(state, exclusive=False) as work:
        coverage = measure_survey(work.ledger, work.judge)
    tell_coverage(out, coverage)
    out.answer(coverage_json(coverage))


def tell_coverage(out: Output, coverage: Coverage) -> None:
    """The figures for people."""
    whole = coverage.whole
    out.say(f"{whole.correct} of {whole.studies} studies carry the BSN in the right place.")
    out.table((number, code, sentence(code, out.language)) for code, number in coverage.wrong().items())
    for dimension, found in coverage.by.items():
        out.say(f"By {dimension}:")
        out.table(
            (name, f"{group.correct}/{group.studies}", percent(group.correct / group.studies) if group.studies else "-")
            for name, group in found.items()
        )


COMMANDS = (measure,)
