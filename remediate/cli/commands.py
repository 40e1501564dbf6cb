"""Options that every command takes, before or after its name; parses, decides nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from pathlib import Path
from typing import Any, TypeVar, cast

import click
from click.core import ParameterSource

from remediate.cli.outages import HowFar, outages_told
from remediate.cli.output import Output
from remediate.cli.speaking import language
from remediate.texts.language import Language

F = TypeVar("F", bound=Callable[..., Any])


class CommandState:
    """What every command gets: where the configuration is and how to speak."""

    def __init__(self, config: Path, output: Output, *, language_given: bool) -> None:
        self.config = config
        self.output = output
        self.language_given = language_given
        self.how_far = HowFar()


def _set_json(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if value:
        ctx.find_root().meta["remediate.json"] = True


def _set_language(ctx: click.Context, _param: click.Parameter, value: str | None) -> None:
    if value:
        ctx.find_root().meta["remediate.lang"] = value


def _set_config(ctx: click.Context, _param: click.Parameter, value: Path | None) -> None:
    if value:
        ctx.find_root().meta["remediate.config.settings"] = value


def _set_full(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if value:
        ctx.find_root().meta["remediate.full"] = True


full_option = click.option("--full", is_flag=True, expose_value=False, callback=_set_full, help="Tables in full.")
"""For commands whose answer is short unless its tables are asked for."""


def common_options(function: F) -> F:
    """--config, --json and --lang, before or after the command's name."""
    options = (
        click.option(
            "--config",
            type=click.Path(dir_okay=False, path_type=Path),
            expose_value=False,
            callback=_set_config,
            help="Configuration file.  [default: config.yaml]",
        ),
        click.option(
            "--json", is_flag=True, expose_value=False, callback=_set_json, help="One JSON document on stdout."
        ),
        click.option(
            "--lang",
            type=click.Choice([each.value for each in Language]),
            expose_value=False,
            callback=_set_language,
            help="Language of texts for people.  [default: report.language, or en]",
        ),
    )
    for option in reversed(options):
        function = option(function)
    return function


def state_of(ctx: click.Context) -> CommandState:
    """The common options as given, wherever they stood."""
    meta = ctx.find_root().meta
    output = Output(
        as_json=meta.get("remediate.json", False), language=language(), full=meta.get("remediate.full", False)
    )
    config = meta.get("remediate.config.settings", Path("config.yaml"))
    return CommandState(config, output, language_given="remediate.lang" in meta)


def pass_state(function: F) -> F:
    """Give a command its `State` as first argument; of what fails under it people are told what it did no harm to."""

    @click.pass_context
    def wrapper(ctx: click.Context, *args: Any, **kwargs: Any) -> Any:
        state = state_of(ctx)
        given = any(ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE for name in ctx.params)
        state.how_far = HowFar(name=ctx.command_path, is_whole=not given)
        with outages_told(state.how_far):
            return ctx.invoke(function, state, *args, **kwargs)

    return cast(F, update_wrapper(wrapper, function))
