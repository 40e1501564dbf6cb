"""What commands answer, right and wrong, in Dutch and in English: no word of the one stands in the other."""

from __future__ import annotations

import re
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import pytest

from remediate.cli.speaking import answering, as_typed
from remediate.texts.language import Language
from tests.cli.test_help import ALL
from tests.languages import english_words
from tests.workplace import DemoRun, Workplace, run

_DUTCH = re.compile(
    r"\b(?:het|een|niet|geen|wordt|onderzoek|onderzoeken|gebeurtenis|gebeurtenissen|logboek|sleutels|wacht|dan|"
    r"nog|zijn|door|waarom|pagina)\b",
    re.IGNORECASE,
)
_EVENTS = re.compile(r"^ *\d+  [\d-]+ .*$", re.MULTILINE)
"""Lines of the ledger hold codes and what people typed."""


@pytest.fixture(scope="module")
def own_demo(demo: DemoRun, tmp_path_factory: pytest.TempPathFactory) -> DemoRun:
    """A copy: commands that only look leave pages and entries of the access log behind. Its archive is asked once."""
    own = replace(demo, folder=demo.place.copy(tmp_path_factory.mktemp("languages") / "demo").folder)
    own.place.configure(archive={"retries": 0})
    return own


def written(file: Path, text: str) -> Path:
    """A file with a text."""
    file.write_text(text, encoding="utf-8")
    return file


def asked(demo: DemoRun) -> list[tuple[str, ...]]:
    """Commands that only look, in a place where a demo ran, and calls that are refused."""
    study = demo.place.planned()[0].study_instance_uid
    number = next(person.number for person in demo.hospital.people if person.bsn and person.number)
    files = sorted((demo.folder / "archive").rglob("*.dcm"))[:20]
    outside = demo.folder.parent
    bsn = written(outside / "bsn.txt", next(p.bsn for p in demo.hospital.people if p.bsn))
    return [
        ("status",),
        ("plan",),
        ("doctor",),
        ("report",),
        ("approve", "plan-0001", "--by", "Jan Smit"),
        ("execute", "plan-0099"),
        ("withdraw", "plan-0099", "--by", "Jan Smit", "--why", "test"),
        ("review", "list"),
        ("review", "import", "nowhere.csv", "--by", "Jan Smit"),
        ("epd", "show", number),
        ("epd", "show", "0"),
        ("epd", "load"),
        ("header", "show", *map(str, files)),
        ("ledger", "list", "--limit", "3"),
        ("ledger", "show", study),
        ("ledger", "show", "1.2.9"),
        ("ledger", "verify"),
        ("ledger", "retention"),
        ("ledger", "checkpoint"),
        ("ledger", "grant", "auditor"),
        ("ledger", "forward"),
        ("ledger", "shred", "--batch", "batch-0099", "--why", "test", "--by", "Jan Smit"),
        ("measure", "--full"),
        ("now", "--study", "1.2.9", "--by", "Jan Smit"),
        ("now", "--study", study, "--by", "Jan Smit"),
        ("measure", "trend"),
        ("verify", "--study", "1.2.9"),
        ("verify", "--copies"),
        ("execute", "plan-0001", "--copies"),
        ("tell",),
        ("tell", "--list"),
        ("tell", "--from", "elsewhere", "--to", "index", "--by", "Jan Smit"),
        ("rollback", "--batch", "batch-0099", "--by", "Jan Smit", "--why", "test"),
        ("originals", study, "--to", str(demo.folder.parent / "originals"), "--by", "Jan Smit", "--why", "test"),
        ("release", study, "--by", "Jan Smit", "--why", "test"),
        ("run", str(demo.folder / "config.yaml")),
        ("pause",),
        ("resume",),
        ("stop",),
        ("demo", "--dir", str(demo.folder)),
        ("limit", "--show"),
        ("worker", "--list"),
        ("worker", "--processes", "2"),
        ("worker", "--requeue"),
        ("worker", "--requeue", "--by", "Jan Smit", "--why", "test"),
        ("init", "--dir", str(outside / "place")),
        ("install",),
        ("survey",),
        ("survey", "import", str(files[0])),
        ("survey", "import", str(written(outside / "studies.csv", "StudyInstanceUID;PatientID\n1.2.3;1\n1.2.x;1\n"))),
        ("survey", "import", "nowhere.csv"),
        ("simulate", "--pace", "4"),
        ("metrics", "--serve"),
        ("review", "groups"),
        ("review", "decide", "nothing", "confirm"),
        ("review", "exclude", "1.2.3", "--by", "Jan Smit", "--why", "test"),
        ("review", "export", str(outside / "review.csv")),
        ("review", "looks"),
        ("review", "undo", "1.2.3", "--by", "Jan Smit"),
        ("web", "--listen", "192.0.2.1"),
        ("web", "user", "add", "jsmit", "--role", "viewer", "--person", "Jan Smit"),
        ("web", "user", "role", "jsmit", "--role", "reviewer"),
        ("web", "user", "link", "jsmit"),
        ("web", "user", "list"),
        ("web", "user", "close", "jsmit"),
        ("web", "user", "close", "nobody"),
        ("header", "correct", *map(str, files[:3]), "--to", str(outside / "after"), "--bsn-file", str(bsn)),
        ("header", "undo", *map(str, files[:3]), "--to", str(outside / "undone")),
        ("ledger", "backup", str(outside / "copy.db")),
        ("ledger", "export", "--format", "csv", str(outside / "ledger.csv")),
        ("ledger", "patient", "--from-file", str(written(outside / "numbers.txt", number)), "--by", "Jan Smit"),
        ("ledger", "public-key"),
        ("measure", "survey"),
        ("measure", "new"),
        ("measure", "received"),
        ("measure", "jobs", str(outside / "studies.csv")),
        ("measure", "jobs", "--propose", str(outside / "studies.csv")),
        ("measure", "sample"),
        ("ledger", "rotate-key", "--by", "Jan Smit", "--why", "test", "--to", str(files[0])),
    ]


def answered(place: Workplace, calls: Sequence[tuple[str, ...]]) -> list[tuple[str, str]]:
    """What each call prints, in Dutch and in English."""
    ran = [[place.run("--lang", language, *words) for language in ("nl", "en")] for words in calls]
    return [(dutch.out + dutch.err, english.out + english.err) for dutch, english in ran]


def answered_apart(place: Workplace, calls: Sequence[tuple[str, ...]]) -> list[tuple[str, str]]:
    """The same in an interpreter of its own: one process serves the pages of one configuration, and this one may serve
    another's already."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as apart:
        return apart.submit(answered, place, calls).result()


def test_what_is_answered_in_dutch_holds_no_english_and_the_other_way_round(own_demo: DemoRun) -> None:
    found = {}
    calls = asked(own_demo)
    assert [path for path in ALL if not any(words[: len(path.split())] == (*path.split(),) for words in calls)] == []
    pages = [words for words in calls if words[0] == "web"]
    others = [words for words in calls if words[0] != "web"]
    told = answered(own_demo.place, others) + answered_apart(own_demo.place, pages)
    for words, (dutch, english) in zip(others + pages, told, strict=True):
        assert dutch, words
        if mixed := english_words(_EVENTS.sub("", dutch)):
            found[words] = mixed
        if mixed := _DUTCH.findall(_EVENTS.sub("", english)):
            found["en", *words] = mixed
    assert found == {}


def test_every_moment_names_the_zone_of_the_configuration_and_no_other(own_demo: DemoRun) -> None:
    study = own_demo.place.planned()[0].study_instance_uid
    seen = 0
    for words in (
        ("status",),
        ("ledger", "list", "--limit", "20"),
        ("ledger", "show", study),
        ("measure", "trend", "--full"),
        ("measure", "--full"),
    ):
        for language in Language:
            told = own_demo.place.run("--lang", language.value, *words).out
            times = re.findall(r"(?<![\d:.T])\d\d:\d\d(?::\d\d)?(?= ([A-Z]+))?", told)
            assert set(times) <= {"CET", "CEST"}, (words, times)
            seen += len(times)
    assert seen > 50


@pytest.mark.parametrize(
    "settings",
    [
        "archive: {port: x}",
        "archiv: {}",
        "archive: [1]",
        "archive: {port: 104, called_ae_title: A, called_ae_title: B}",
        "archive: {port: 70000, called_ae_title: WAYTOOLONGATITLEFORDICOM}",
        "archive: {port: 104, called_ae_title: A}\nexecute: {window: {from: 8pm, timezone: Europe/Nowhere}}",
        "archive: {port: 104, called_ae_title: A}\nidentity: {bsn_range: all}",
        "archive:\n\tport: 104",
    ],
)
def test_faults_of_the_configuration_are_told_in_dutch(tmp_path: Path, settings: str) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(settings, encoding="utf-8")
    ran = run("--lang", "nl", "--config", str(path), "status")
    assert ran.code == 64
    assert not english_words(ran.err)
    assert run("--config", str(path), "status").err != ran.err


def test_the_language_of_the_configuration_is_spoken_without_being_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("archive: {port: 104, called_ae_title: A}\nreport: {language: nl}\n", encoding="utf-8")
    assert "Geen sleutels" in run("--config", str(path), "plan").one_line
    assert "Gebruik:" in run("--config", str(path), "plan", "--help").out
    assert "Usage:" in run("--config", str(path), "--lang", "en", "plan", "--help").out


def test_a_command_that_is_named_names_the_configuration_that_was_given() -> None:
    commands = ("execute", "doctor")
    told = "mend it; then: remediate doctor --probe, or `remediate execute plan-0001`; what remediate made stays"
    for given in (["doctor"], ["--config", "config.yaml", "doctor"]):
        with answering(given, commands):
            assert as_typed(told) == told
    for given, named in (("/etc/r/config.yaml", "/etc/r/config.yaml"), ("a b/c.yaml", "'a b/c.yaml'")):
        for words in (["--config", given, "doctor"], ["doctor", f"--config={given}"]):
            with answering(words, commands):
                made = as_typed(told)
                assert f"remediate --config {named} doctor --probe, or `remediate --config {named} execute" in made
                assert "what remediate made stays" in made
                assert as_typed(made) == made
                assert as_typed("remediate execute: done") == "remediate execute: done", "a job's name"
