"""The command line's front door: groups the commands, turns errors into one line and an exit code.

Keeps what libraries say to developers off the terminal: their warnings quote values of elements, BSNs and names.
"""

from __future__ import annotations

import gc
import logging
import sys
import time
import warnings
from importlib import import_module

import click

from remediate import __version__
from remediate.cli.commands import common_options
from remediate.cli.help import ROOT, dressed
from remediate.cli.interrupts import hand_back, ignore
from remediate.cli.output import broken_off, complain
from remediate.cli.speaking import answering, in_own_words, language
from remediate.errors import ConfigError, EpdError, ExitCode, RemediateError, TableError
from remediate.program_log import Happened, apart, tell
from remediate.texts.language import Language, strerror_nl

TALKATIVE = ("pydicom", "pynetdicom")


def silence_libraries() -> None:
    """No warning, whoever the library blames for it, and nothing of these loggers, wherever they would go."""
    warnings.simplefilter("ignore")
    for name in TALKATIVE:
        logger = logging.getLogger(name)
        logger.setLevel(logging.CRITICAL + 1)
        logger.propagate = False


_COMMANDS = {
    "init": "setup",
    "doctor": "setup",
    "survey": "survey",
    "epd": "epd",
    "plan": "planning",
    "review": "review",
    "approve": "planning",
    "withdraw": "planning",
    "execute": "night.execution",
    "now": "urgent",
    "worker": "night.worker",
    "verify": "night.verification",
    "rollback": "night.undoing",
    "originals": "night.release",
    "release": "night.release",
    "tell": "telling",
    "status": "night.status",
    "pause": "night.control",
    "resume": "night.control",
    "stop": "night.control",
    "limit": "night.control",
    "report": "night.reporting",
    "simulate": "simulate",
    "metrics": "metrics",
    "ledger": "ledger.listing",
    "measure": "measure.survey",
    "header": "header",
    "run": "run",
    "install": "night.install",
    "web": "web",
    "demo": "demo",
}
"""Command and the module of this package that holds it, in the order of a first use."""


class _Commands(click.Group):
    """Imports a command's module only when it is called: the rest of the program is not loaded for it."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        gc.disable()  # what is imported stays: to look for garbage in it takes a tenth of the start
        module = import_module(f"remediate.cli.{_COMMANDS[cmd_name]}")
        gc.freeze()
        gc.enable()
        hand_back()
        found: dict[str, click.Command] = {command.name or "": command for command in module.COMMANDS}
        return dressed(found[cmd_name], f"{ROOT} {cmd_name}")

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Raises click's error with the commands that may have been meant: it knows none that was not imported."""
        try:
            return super().resolve_command(ctx, args)
        except click.exceptions.NoSuchCommand as error:
            raise click.exceptions.NoSuchCommand(error.command_name, possibilities=_COMMANDS, ctx=ctx) from None


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, message="remediate %(version)s")
@common_options
def remediate() -> None:
    """Put the BSN in the right place in a hospital's old DICOM studies, and prove it.

    \b
    First look:  remediate demo
    First use:   init, doctor --probe, survey, epd load, plan, approve, execute, verify, measure
    """


def invoke(arguments: list[str]) -> int:
    """Run one command; answers the exit code. Bugs raise."""
    begun = time.monotonic()
    with answering(arguments, _COMMANDS), apart():
        try:
            code = _invoke(arguments)
        except BaseException as error:
            tell(Happened.COMMAND_FAILED, level=logging.ERROR, exception=error)
            raise
        tell(Happened.COMMAND_ENDED, code=code, seconds=time.monotonic() - begun)
        return code


def _as_one_line(text: str) -> str:
    """With numbers masked that may be a BSN, such as one that was typed where none belongs."""
    from remediate.identity.bsn_spelling import masked_numbers

    return " ".join(masked_numbers(text).split())


def _without_numbers(error: RemediateError) -> str:
    """What went wrong; of a file that others name a number in its name may be somebody's."""
    told = error.in_(language())
    return _as_one_line(told) if isinstance(error, EpdError | TableError) else told


def _invoke(arguments: list[str]) -> int:
    try:
        result = dressed(remediate, ROOT).main(arguments, prog_name=ROOT, standalone_mode=False)
        return int(result) if isinstance(result, int) else ExitCode.DONE
    except click.exceptions.NoArgsIsHelpError as error:
        for line in error.format_message().splitlines():
            complain(line)
        return ExitCode.USAGE
    except click.UsageError as error:
        hint = f"  {in_own_words('Try')}: {error.ctx.command_path} --help" if error.ctx else ""
        told = _as_one_line(error.format_message())
        complain(f"remediate: {told}{hint}")
        return ExitCode.USAGE
    except click.exceptions.Exit as error:
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        complain(f"remediate: {in_own_words('broken off')}.")
        broken_off()
        return ExitCode.ERROR
    except click.ClickException as error:
        complain(f"remediate: {error.format_message()}")
        return ExitCode.USAGE
    except OSError as error:  # a full disk, a folder that cannot be written: the reader's to solve, not a bug
        where = f": {error.filename}" if error.filename else ""
        told = strerror_nl(error) if language() is Language.NL else error.strerror or type(error).__name__
        tell(Happened.COMMAND_FAILED, level=logging.ERROR, exception=error)
        complain(f"remediate: {told}{where}.")
        return ExitCode.ERROR
    except RemediateError as error:
        tell(Happened.COMMAND_FAILED, level=logging.ERROR, exception=error)
        complain(f"remediate: {_without_numbers(error)}")
        for problem in error.problems if isinstance(error, ConfigError) else ():
            complain(f"  {problem.in_(language())}")
        return error.exit_code


def main() -> None:
    """Runs the command of this process, and ends it."""
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # pydicom's repeat the values that it finds odd
    logging.basicConfig(level=logging.ERROR, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    silence_libraries()
    code = invoke(sys.argv[1:])
    ignore()
    sys.exit(code)
