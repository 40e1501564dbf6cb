"""`measure survey`: how much is right, against Twiin's 95 %."""

from __future__ import annotations

import click

from remediate.cli.commands import State, common_options, pass_state
from remediate.cli.output import Output, percent
from remediate.cli.wiring import session
from remediate.workflow.measure import Coverage, measure_survey
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
    out.answer(_json(coverage))


def tell_coverage(out: Output, coverage: Coverage) -> None:
    """The figures for people."""
    whole = coverage.whole
    out.say(
        f"{whole.correct} of {whole.studies} studies carry the BSN in the right place: {percent(whole.share)} "
        f"(target above {percent(coverage.target)}: {'reached' if coverage.reached else 'not reached'})."
    )
    exceptions = sum(coverage.exceptions.values())
    if exceptions:
        kinds = ", ".join(f"{number} {kind}" for kind, number in sorted(coverage.exceptions.items()))
        out.say(f"Not counted, legitimately without a BSN: {exceptions} ({kinds}).")
    for dimension, found in coverage.by.items():
        out.say(f"By {dimension}:")
        out.table((group, f"{share.correct}/{share.studies}", percent(share.share)) for group, share in found.items())
    if coverage.wrong:
        out.say("Why not:")
        ordered = sorted(coverage.wrong.items(), key=lambda pair: -pair[1])
        out.table((number, code, sentence(code, out.language)) for code, number in ordered)


def _json(coverage: Coverage) -> dict[str, object]:
    return {
        "studies": coverage.whole.studies,
        "correct": coverage.whole.correct,
        "share": coverage.whole.share,
        "target": coverage.target,
        "reached": coverage.reached,
        "by": {
            dimension: {
                group: {"studies": share.studies, "correct": share.correct, "share": share.share}
                for group, share in found.items()
            }
            for dimension, found in coverage.by.items()
        },
        "exceptions": dict(coverage.exceptions),
        "wrong": dict(coverage.wrong),
    }


COMMANDS = (measure,)
