"""The command line's front door: groups the commands, turns errors into one line and an exit code."""

from __future__ import annotations

import logging
import sys

import click

from remediate import __version__
from remediate.cli import demo, epd, execution, header, ledger, measure, planning, run, setup, survey, undoing
from remediate.cli.commands import common_options
from remediate.errors import ConfigError, ExitCode, RemediateError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="remediate %(version)s")
@common_options
def remediate() -> None:
    """Put the BSN in the right place in a hospital's old DICOM studies, and prove it.

    First look:  remediate demo.
    First use:   init, doctor --probe, survey, epd load, plan, approve, execute, verify, measure.
    """


for _command in (
    *setup.COMMANDS,
    *survey.COMMANDS,
    *epd.COMMANDS,
    *planning.COMMANDS,
    *execution.COMMANDS,
    *undoing.COMMANDS,
    *ledger.COMMANDS,
    *measure.COMMANDS,
    *header.COMMANDS,
    *demo.COMMANDS,
    *run.COMMANDS,
):
    remediate.add_command(_command)


def invoke(arguments: list[str]) -> int:
    """Run one command; answers the exit code. Bugs raise."""
    try:
        result = remediate.main(arguments, prog_name="remediate", standalone_mode=False)
        return int(result) if isinstance(result, int) else ExitCode.DONE
    except click.UsageError as error:
        hint = f"  Try: {error.ctx.command_path} --help" if error.ctx else ""
        click.echo(f"remediate: {error.format_message()}{hint}", err=True)
        return ExitCode.USAGE
    except click.exceptions.Exit as error:
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("remediate: broken off.", err=True)
        return ExitCode.ERROR
    except click.ClickException as error:
        click.echo(f"remediate: {error.format_message()}", err=True)
        return ExitCode.USAGE
    except RemediateError as error:
        click.echo(f"remediate: {error}", err=True)
        for problem in error.problems if isinstance(error, ConfigError) else ():
            click.echo(f"  {problem}", err=True)
        return error.exit_code


def main() -> None:
    """Entry point of the installed command."""
    logging.basicConfig(level=logging.ERROR, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    for noisy in ("pynetdicom", "pydicom"):
        logging.getLogger(noisy).setLevel(logging.CRITICAL + 1)
    sys.exit(invoke(sys.argv[1:]))


if __name__ == "__main__":
    main()
