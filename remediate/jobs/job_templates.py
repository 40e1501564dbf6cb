"""The job files that `init` writes, commented in the chosen language. Writes nothing itself."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import wrap
from typing import NamedTuple

from remediate.texts.language import Language, Sentence

_WIDTH = 110


class _Line(NamedTuple):
    run: str  # the step's words, as in YAML
    more: Mapping[str, str] = {}
    why: Sentence | None = None


class _Template(NamedTuple):
    head: Sentence
    steps: tuple[_Line, ...]


_LOOK = _Line(
    "[doctor]",
    {"may_exit": "[0, 2]", "tries": "9", "wait_minutes": "15"},
    Sentence(
        "An archive that does not answer is asked again for two hours. Code 2: the probe is missing or does not fit; "
        "then `execute` refuses, and the rest goes on.",
        "Een archief dat niet antwoordt, wordt twee uur lang opnieuw gevraagd. Code 2: de proef ontbreekt of past "
        "niet; dan weigert `execute`, en de rest gaat door.",
    ),
)
_NEEDS = {"needs": "[doctor]"}
_SURVEY = _Line("[survey]", _NEEDS)
_LOAD = _Line(
    "[epd, load]",
    {},
    Sentence(
        "What is new of epd.files. Leave this step out where somebody loads by hand.",
        "Wat nieuw is van epd.files. Laat deze stap weg waar iemand met de hand laadt.",
    ),
)
_RECEIVED = _Line(
    "[measure, received]",
    {"may_exit": "[0, 64]"},
    Sentence(
        "Code 64: measure.own_institutions does not say so far which names are your own.",
        "Code 64: measure.own_institutions zegt nog niet welke namen van uzelf zijn.",
    ),
)
_PROOF = _Line("[ledger, verify]")
_COVERAGE = _Line("[measure, survey]")

_TEMPLATES: Mapping[str, _Template] = {
    "nightly": _Template(
        Sentence(
            "A night: see what is new, go on with the plan that people approved, prove it, decide anew.",
            "Een nacht: kijken wat nieuw is, verder met het plan dat mensen goedkeurden, bewijzen, opnieuw beslissen.",
        ),
        (
            _LOOK,
            _SURVEY,
            _LOAD,
            _Line(
                "[execute, --approved]",
                {"may_exit": "[0, 3]", **_NEEDS},
                Sentence(
                    "Code 3: the window closed or a ceiling was reached, with work left for the next night.",
                    "Code 3: het venster sloot of een grens was bereikt, en er is werk over voor de volgende nacht.",
                ),
            ),
            _Line('[verify, --sample, "5"]', _NEEDS),
            _PROOF,
            _COVERAGE,
            _Line(
                "[measure, new]",
                {},
                Sentence(
                    "A fall of the inflow ends the job with exit code 2. What came in wrong goes to the plan's front.",
                    "Een daling van de instroom laat de taak eindigen met exitcode 2. Wat fout binnenkwam, komt "
                    "vooraan in het plan.",
                ),
            ),
            _Line("[plan]"),
        ),
    ),
    "pilot": _Template(
        Sentence(
            "A first night: ten studies, all read back once more.",
            "Een eerste nacht: tien onderzoeken, alle nog eens teruggelezen.",
        ),
        (
            _LOOK,
            _SURVEY,
            _LOAD,
            _Line('[execute, --approved, --max-studies, "10"]', {"may_exit": "[0, 3]", **_NEEDS}),
            _Line("[verify]", _NEEDS),
            _PROOF,
            _COVERAGE,
        ),
    ),
    "weekly": _Template(
        Sentence(
            "How much is right: the archive, what came from elsewhere, and the course.",
            "Hoeveel klopt: het archief, wat van elders kwam, en het verloop.",
        ),
        (_COVERAGE, _RECEIVED, _Line("[measure, trend]"), _Line("[ledger, retention]")),
    ),
    "verify": _Template(
        Sentence(
            "Weeks later: every corrected object read back once more; with execute.spool.keep_until verified-again the "
            "originals leave the spool. It reads everything: give `--sample` a percentage for a part of it.",
            "Weken later: elk gecorrigeerd object nog eens teruggelezen; met execute.spool.keep_until verified-again "
            "verlaten de originelen de spool. Dit leest alles: geef met `--sample` een percentage op voor een deel.",
        ),
        (_LOOK, _Line("[verify]", _NEEDS), _PROOF),
    ),
}

_KEYS = Sentence(
    "A step that does not end with a code of may_exit (0 where it names none) gives the job its code, the worst of "
    "all; the steps behind it run, but for those that have it in `needs`.",
    "Een stap die niet eindigt met een code van may_exit (0 waar die ontbreekt) geeft de taak zijn code, de ergste van "
    "alle; de stappen erna worden uitgevoerd, behalve die hem in `needs` hebben.",
)

JOBS = tuple(_TEMPLATES)
"""Names of the jobs that there are from the start."""


def job_text(name: str, language: Language) -> str:
    """The text of one of `JOBS`."""
    template = _TEMPLATES[name]
    head = (*_comment(template.head.in_(language)), f"#   remediate run {name}", *_comment(_KEYS.in_(language)))
    lines = [*head, "steps:"]
    for step in template.steps:
        lines += _comment(step.why.in_(language), "  ") if step.why else []
        lines.append(f"  - run: {step.run}")
        lines += [f"    {key}: {value}" for key, value in step.more.items()]
    return "\n".join(lines) + "\n"


def _comment(text: str, indent: str = "") -> list[str]:
    return [f"{indent}# {line}" for line in wrap(text, _WIDTH, break_on_hyphens=False)]
