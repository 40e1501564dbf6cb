"""Help, examples and wrong calls of every command, in both languages: nothing of the one stands in the other."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest

from remediate.cli.dutch.words import TEXTS
from remediate.cli.examples import EXAMPLES
from remediate.cli.help import COMMON, ROOT, dressed, summary
from remediate.cli.main import remediate
from remediate.cli.man import pages
from remediate.cli.speaking import answering
from remediate.texts.language import Language
from tests.command_lines import parse
from tests.languages import english_words
from tests.workplace import run


def commands(language: Language) -> Iterator[tuple[str, click.Command]]:
    """Every command with the words by which it is called, as help shows it."""
    with answering(["--lang", language]):
        yield from _within(dressed(remediate, ROOT), "")


def _within(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            assert child is not None
            yield from _within(child, f"{path} {name}".strip())


ALL = [path for path, _ in commands(Language.EN)]


def test_every_command_has_an_example_and_no_other_has() -> None:
    assert set(EXAMPLES) == set(ALL)


@pytest.mark.parametrize("language", Language)
def test_each_example_can_be_called_as_it_stands(language: Language) -> None:
    for path in ALL:
        for example in EXAMPLES[path]:
            parse(example.in_(language), path)


@pytest.mark.parametrize("path", ALL)
def test_help_in_dutch_is_dutch_and_says_what_the_english_says(path: str) -> None:
    shown = {language: run("--lang", language.value, *path.split(), "--help").out for language in Language}
    assert not english_words(without_names(shown[Language.NL], path))
    assert not re.findall(r"\b(?:de|het|een|van|niet|geen|wordt|Opties|Gebruik)\b", shown[Language.EN])
    options = [
        set(re.findall(r"^  (?:-\w, )?(--[a-z-]+)(?=  | [A-Z[])", text, re.MULTILINE)) for text in shown.values()
    ]
    assert options[0] == options[1]


def without_names(text: str, path: str) -> str:
    """Help without the names of commands, and without the codes that options take."""
    said = re.sub(r"^  [a-z-]+(?=  )", "", text, flags=re.MULTILINE)
    for option in dict(commands(Language.EN))[path].params:
        if isinstance(option.type, click.Choice):
            listed = ", ".join(map(str, option.type.choices))
            said = re.sub(r"[\s-]+".join(map(re.escape, re.split(r"[ -]", listed))), "", said)
    return said


def test_every_text_of_help_has_its_dutch() -> None:
    english, dutch = dict(commands(Language.EN)), dict(commands(Language.NL))
    for path in ALL:
        assert dutch[path].help in TEXTS.values(), path
        for one, other in zip(english[path].params, dutch[path].params, strict=True):
            if isinstance(one, click.Option) and isinstance(other, click.Option) and one.help:
                assert one.help != other.help, f"{path} {one.opts[0]}: {one.help}"


def test_no_summary_of_a_list_of_commands_is_cut() -> None:
    for path, command in commands(Language.EN):
        if isinstance(command, click.Group):
            told = " ".join(run(*path.split(), "--help").out.split())
            for child in command.commands.values() if path else ():
                assert summary(child.help or "") in told
            assert "..." not in told.replace("FILE...", "").replace("[ARGS]...", "").replace("FILES...", "")


def test_options_of_every_command_are_told_once() -> None:
    assert all(f"--{name}" in run("--help").out for name in COMMON)
    told = run("survey", "--help").out.split("Examples:")[0]
    assert not any(f"--{name}" in told for name in COMMON)


def test_every_command_has_a_manual_page_that_troff_reads_as_it_is() -> None:
    made = {language: dict(pages(language)) for language in Language}
    names = {f"{'-'.join([ROOT, *path.split()])}.1" for path in ALL}
    assert all(set(found) == names for found in made.values())
    for found in made.values():
        assert not [text for text in found.values() if re.search(r"(?m)^\.(?!TH|SH|nf|fi)", text)]
    assert "--detailed-exitcode" in made[Language.EN]["remediate-plan.1"].replace("\\-", "-")


def test_a_shell_completes_commands_and_options() -> None:
    def completed(words: str, at: int) -> str:
        surroundings = os.environ | {"COMP_WORDS": words, "COMP_CWORD": str(at), "_REMEDIATE_COMPLETE": "bash_complete"}
        asked = [sys.executable, "-m", "remediate"]
        return subprocess.run(asked, env=surroundings, capture_output=True, text=True, check=False).stdout

    assert completed("remediate led", 1) == "plain,ledger\n"
    assert completed("remediate ledger show --re", 3) == "plain,--reveal\n"


@pytest.mark.parametrize(
    ("words", "english", "dutch"),
    [
        (["surfey"], "Did you mean one of: 'measure', 'survey'?", "Bedoelde u een van: 'measure', 'survey'?"),
        (["epd", "lod"], "Did you mean 'load'?", "Bedoelde u 'load'?"),
        (["plan", "--detailed", "x"], "Did you mean '--detailed-exitcode'?", "Bedoelde u '--detailed-exitcode'?"),
        (["execute"], "Name a plan, or give --approved or", "Noem een plan, of geef --approved of"),
        (["approve"], "Missing argument 'PLAN'.", "Er ontbreekt een argument 'PLAN'."),
        (["demo", "--studies", "x"], "'x' is not a valid integer", "'x' is geen geheel getal"),
        (["review", "list", "--limit", "0"], "0 is not in the range x>=1.", "0 ligt niet in het bereik x>=1."),
        (["ledger", "patient", "999911120"], "extra argument (******120)", "een argument te veel: ******120"),
        (["ledger", "export", "x"], "'--format'. Choose from: csv, jsonl,", "Kies uit: csv, jsonl,"),
        (["pause", "now"], "Got unexpected extra argument (now)", "Er staat een argument te veel: now"),
        (["measure", "jobs", "x.csv"], "File 'x.csv' does not exist.", "Bestand 'x.csv' bestaat niet."),
        (["survey", "--headers", "all"], "'all' is not one of", "'all' is geen van"),
    ],
)
def test_a_wrong_call_says_what_was_meant(words: list[str], english: str, dutch: str) -> None:
    assert english in run(*words).one_line
    told = run("--lang", "nl", *words).one_line
    assert dutch in told
    assert not english_words(told)
