"""Each command line in README.md and docs/ can be called as it stands there, and each page that is named is there."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from remediate.cli import exit_codes
from remediate.cli.exit_codes import codes_of
from remediate.cli.main import remediate
from tests.command_lines import parse

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
_TYPED = re.compile(r"^\$ (remediate\b[^#\n]*)", re.MULTILINE)
_NAMED = re.compile(r"`(remediate [a-z][^`]*)`")


def lines_of(page: Path) -> list[str]:
    """Command lines of the blocks and of the text; what may be left out stands between brackets."""
    text = page.read_text(encoding="utf-8")
    found = [*_TYPED.findall(text), *(" ".join(line.split()) for line in _NAMED.findall(text))]
    return [re.sub(r"[\[\]]", "", line).partition(" > ")[0].strip() for line in found]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_line_of_a_page_can_be_called(page: Path) -> None:
    for line in lines_of(page):
        parse(line)


def test_the_pages_hold_command_lines_and_a_wrong_one_is_found() -> None:
    assert sum(len(lines_of(page)) for page in PAGES) > 60
    with pytest.raises(Exception, match="No such option"):
        parse("remediate plan --oud x")


def test_the_page_of_exit_codes_is_made_from_the_program_and_names_its_commands() -> None:
    """`tests.workplace.run` holds every command that is called against the same table."""
    written = (ROOT / "docs" / "exit-codes.md").read_text(encoding="utf-8")
    assert written == exit_codes.page(), "python -m remediate.cli.exit_codes > docs/exit-codes.md"
    for path in exit_codes.BY_COMMAND:
        command: click.Command | None = remediate
        for name in path.split():
            assert isinstance(command, click.Group)
            command = command.get_command(click.Context(command), name)
        assert command is not None, path
    assert codes_of(["--json", "ledger", "verify"]) == {0, 1, 2, 64}
    assert codes_of(["survey"]) == {0, 1, 64}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_page_and_setting_that_is_named_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (page.parent / link).exists(), link
