"""`pause`, `resume`, `stop`, `limit`: the hands on running work; sends nothing to an archive."""

from __future__ import annotations

from collections.abc import Mapping

import click

from remediate.cli.commands import CommandState, common_options, pass_state
from remediate.cli.wiring import session
from remediate.errors import UsageError
from remediate.night import ceilings
from remediate.night.controlling import ask_for
from remediate.night.life import open_batches
from remediate.records.ledger import RunMode
from remediate.texts import notation
from remediate.texts.language import Language, Sentence
from remediate.wiring import Machine, now

_WORDS: Mapping[str, Sentence] = {
    "associations": Sentence("patients at a time", "patiënten tegelijk"),
    "objects_per_second": Sentence("objects a second", "objecten per seconde"),
    "objects_per_hour": Sentence("objects an hour", "objecten per uur"),
    "studies_per_hour": Sentence("studies an hour", "onderzoeken per uur"),
    "bytes_per_second": Sentence("bytes a second", "bytes per seconde"),
}
_ONE = {_WORDS["associations"]: Sentence("patient at a time", "patiënt tegelijk")}
_POSITIVE = click.FloatRange(min=0, min_open=True)


@click.command()
@common_options
@click.option("--associations", type=click.IntRange(min=1), help="A ceiling over all workers.")
@click.option("--objects-per-second", type=_POSITIVE, help="A ceiling over all workers.")
@click.option("--objects-per-hour", type=_POSITIVE, help="A ceiling over all workers.")
@click.option("--studies-per-hour", type=_POSITIVE, help="A ceiling over all workers.")
@click.option("--bytes-per-second", type=_POSITIVE, help="A ceiling over all workers.")
@click.option("--as-configured", is_flag=True, help="Take back what was lowered by this command.")
@click.option("--show", is_flag=True, help="Only say which ceilings hold.")
@pass_state
def limit(state: CommandState, as_configured: bool, show: bool, **given: float | None) -> None:
    """Lower the ceilings of running work."""
    lowered = {name: value for name, value in given.items() if value is not None}
    if (bool(lowered) + as_configured + show) > 1:
        raise UsageError(
            Sentence("Give ceilings, or --as-configured, or --show.", "Geef plafonds, of --as-configured, of --show.")
        )
    with session(state, exclusive=False) as work:
        settings = work.config.execute
        asked: Mapping[str, float] = ceilings.asked(work.ledger)
        if lowered or as_configured:
            asked = ceilings.lower(work.ledger, settings, lowered, actor=work.account, now=now())
        runs = any(one.may_go_on for one in open_batches(work.ledger, Machine(work.config)))
        holds = ceilings.effective(settings, asked)
        configured = ceilings.configured(settings)
    out = state.output
    for name, words in _WORDS.items():
        value, most = holds.figures().get(name), configured.figures().get(name)
        if value is not None:
            out.say(_line(words, value, most))
    if lowered or as_configured:
        out.say(
            Sentence("Running work heeds it within seconds.", "Lopend werk houdt zich er binnen enkele seconden aan.")
            if runs
            else Sentence(
                "Nothing runs; it holds for what is begun later.", "Er loopt niets; het geldt voor wat later begint."
            )
        )
    out.answer({"ceilings": holds.figures(), "configured": configured.figures(), "running": runs})


def _line(words: Sentence, value: float, most: float | None) -> Sentence:
    words = _ONE.get(words, words) if value == 1 else words

    def said(language: Language) -> str:
        return notation.number(value, language, 0 if value == int(value) else 2)

    if value == most:
        return Sentence(
            f"At most {said(Language.EN)} {words.en}, as configured.",
            f"Hoogstens {said(Language.NL)} {words.nl}, zoals ingesteld.",
        )
    return Sentence(
        f"At most {said(Language.EN)} {words.en}, lowered by `remediate limit`.",
        f"Hoogstens {said(Language.NL)} {words.nl}, verlaagd met `remediate limit`.",
    )


def _control(state: CommandState, mode: RunMode, told: Sentence, *, idle: Sentence) -> None:
    """Hand the wish on. `idle` is said where nothing runs."""
    with session(state, exclusive=False) as work:
        machine = Machine(work.config)
        runs = ask_for(mode, work.ledger, work.ledger, machine, actor=work.account, now=now())
        stands = work.ledger.control()
    if not runs and (holder := machine.holder()) is not None:
        where = f"`{holder.command}` (pid {holder.process.pid})"
        state.output.say(
            Sentence(
                f"No batch is open, and other work hears only ctrl-c: {where} goes on.",
                f"Er is geen batch open, en ander werk luistert alleen naar ctrl-c: {where} gaat verder.",
            )
        )
    else:
        state.output.say(told if runs else idle)
    state.output.answer({"control": stands.value, "running": runs})


@click.command()
@common_options
@pass_state
def pause(state: CommandState) -> None:
    """Let running work wait after the study in hand."""
    _control(
        state,
        RunMode.PAUSE,
        Sentence(
            "Running work waits after the study in hand, until `remediate resume` or `remediate stop`.",
            "Lopend werk wacht na het onderzoek waaraan het bezig is, tot `remediate resume` of `remediate stop`.",
        ),
        idle=Sentence(
            "Nothing runs. What is begun later waits until `remediate resume`.",
            "Er loopt niets. Wat later begint, wacht tot `remediate resume`.",
        ),
    )


@click.command()
@common_options
@pass_state
def resume(state: CommandState) -> None:
    """Let paused work go on."""
    _control(
        state,
        RunMode.RUN,
        Sentence("Running work goes on.", "Lopend werk gaat verder."),
        idle=Sentence(
            "Nothing runs. What is begun later no longer waits.", "Er loopt niets. Wat later begint, wacht niet meer."
        ),
    )


@click.command()
@common_options
@pass_state
def stop(state: CommandState) -> None:
    """End running work after the study in hand."""
    _control(
        state,
        RunMode.STOP,
        Sentence(
            "Running work ends after the study in hand. `remediate execute` goes on later.",
            "Lopend werk stopt na het onderzoek waaraan het bezig is. `remediate execute` gaat later verder.",
        ),
        idle=Sentence("Nothing runs, so there is nothing to stop.", "Er loopt niets, dus er is niets om te stoppen."),
    )


COMMANDS = (pause, resume, stop, limit)
