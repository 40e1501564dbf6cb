"""Dutch for help and for click's own words, by the English text; a text that is missing here is shown in English."""

from __future__ import annotations

from collections.abc import Mapping

from remediate.cli.dutch.commands import COMMANDS
from remediate.cli.dutch.options import OPTIONS

_OF_CLICK: Mapping[str, str] = {
    "Try": "Probeer",
    "broken off": "afgebroken",
    "Patient's number": "Patiëntnummer",
    "Password": "Wachtwoord",
    "Error: invalid input": "Typ y (ja) of n (nee).",
    "Usage:": "Gebruik:",
    "Options": "Opties",
    "Commands": "Commando's",
    "Positional arguments": "Argumenten",
    "Show this message and exit.": "Toon deze tekst.",
    "Show the version and exit.": "Toon de versie.",
    "default: {default}": "standaard: {default}",
    "required": "verplicht",
    "Got unexpected extra argument ({args})": "Er staat een argument te veel: {args}",
    "Got unexpected extra arguments ({args})": "Er staan argumenten te veel: {args}",
    "Missing command.": "Er ontbreekt een commando.",
    "Missing argument": "Er ontbreekt een argument",
    "Missing option": "Er ontbreekt een optie",
    "Missing parameter": "Er ontbreekt een parameter",
    "Missing parameter: {param_name}": "Er ontbreekt: {param_name}",
    "Invalid value: {message}": "Onjuiste waarde: {message}",
    "Invalid value for {param_hint}: {message}": "Onjuiste waarde voor {param_hint}: {message}",
    "No such option {name!r}.": "Optie {name!r} bestaat niet.",
    "No such command {name!r}.": "Commando {name!r} bestaat niet.",
    "Did you mean {possibility}?": "Bedoelde u {possibility}?",
    "(Did you mean one of: {possibilities}?)": "Bedoelde u een van: {possibilities}?",
    "Option {name!r} does not take a value.": "Optie {name!r} heeft geen waarde.",
    "Option {name!r} requires an argument.": "Optie {name!r} heeft een waarde nodig.",
    "Option {name!r} requires {nargs} arguments.": "Optie {name!r} heeft {nargs} waarden nodig.",
    "Argument {name!r} takes {nargs} values.": "Argument {name!r} heeft {nargs} waarden.",
    "Takes {nargs} values but 1 was given.": "Vraagt {nargs} waarden, er is er 1 gegeven.",
    "Takes {nargs} values but {len} were given.": "Vraagt {nargs} waarden, er zijn er {len} gegeven.",
    "file": "bestand",
    "directory": "map",
    "path": "pad",
    "integer": "geheel getal",
    "integer range": "geheel getal",
    "float": "getal",
    "float range": "getal",
    "Choose from:\n\t{choices}": "Kies uit:\n\t{choices}",
    "{value!r} is not {choice}.": "{value!r} is niet {choice}.",
    "{value!r} is not one of {choices}.": "{value!r} is geen van {choices}.",
    "{value!r} does not match the format {format}.": "{value!r} past niet bij de vorm {format}.",
    "{value!r} does not match the formats {formats}.": "{value!r} past niet bij de vormen {formats}.",
    "{value!r} is not a valid {number_type}.": "{value!r} is geen {number_type}.",
    "{value} is not in the range {range}.": "{value} ligt niet in het bereik {range}.",
    "{name} {filename!r} does not exist.": "{name} {filename!r} bestaat niet.",
    "{name} {filename!r} is a file.": "{name} {filename!r} is een bestand.",
    "{name} {filename!r} is a directory.": "{name} {filename!r} is een map.",
    "{name} {filename!r} is not readable.": "{name} {filename!r} kan niet worden gelezen.",
    "{name} {filename!r} is not writable.": "In {name} {filename!r} kan niet worden geschreven.",
    "Could not open file {filename!r}: {message}": "Bestand {filename!r} kan niet worden geopend: {message}",
}

_REVIEW: Mapping[str, str] = {
    """The studies that wait for a person, likeliest first.

\b
review groups          what the studies have in common: reasons against, and kinds of difference
review export FILE     a CSV for the spreadsheet: what speaks for and against each candidate
(type confirm, exclude or split in column decision, and a reason in column why)
review import FILE     takes the decisions; the next plan acts on them
review decide GROUP confirm|exclude|split     one decision for a whole group: first shown, then made with --seen
review exclude STUDY   leaves a study out of every plan, a proven one too
review undo STUDY      takes your own decision back
review looks           how well two people agree, and what is remembered

With --reveal the export shows names, birth dates and sexes of study and EPD side by side, for a reason that is
recorded. A decision holds as long as study and EPD record stay as the person saw them, also for later studies with
the same headers and patient. Nobody can confirm a BSN that is not valid, verified and unique, or a study that
carries another one. Who types split asks the archive to split a study that holds several patients' objects.""": """\
De onderzoeken die op een beoordelaar wachten, de waarschijnlijkste eerst.

\b
review groups          wat de onderzoeken gemeen hebben: redenen ertegen en soorten verschil
review export BESTAND  een CSV voor de spreadsheet: wat voor en tegen elke kandidaat pleit
(typ bevestigen, uitsluiten of splitsen in de kolom beslissing, en een reden in de kolom reden)
review import BESTAND  neemt de beslissingen over; het volgende plan doet ermee wat is beslist
review decide GROEP confirm|exclude|split     één beslissing voor een hele groep: eerst getoond, dan genomen met --seen
review exclude ONDERZOEK   laat een onderzoek buiten elk plan, ook een bewezen onderzoek
review undo ONDERZOEK  neemt uw eigen beslissing terug
review looks           hoe goed twee mensen overeenkomen, en wat is onthouden

Met --reveal toont het bestand namen, geboortedatums en geslacht van onderzoek en EPD naast elkaar, om een reden die
wordt vastgelegd. Een beslissing geldt zolang onderzoek en EPD-registratie blijven zoals de beoordelaar ze zag, ook voor
latere onderzoeken met dezelfde headers en patiënt. Niemand kan een BSN bevestigen dat niet geldig, geverifieerd en
uniek is, of een onderzoek dat een ander BSN bevat. Wie splitsen typt, vraagt het archief een onderzoek te splitsen dat
objecten van verschillende patiënten bevat.""",
}

_OF_WORKERS: Mapping[str, str] = {
    "Work on approved plans whenever the window is open, beside other workers on this machine and others.": (
        "Werk aan goedgekeurde plannen zolang het venster open is, naast andere workers op deze machine en op andere."
    ),
    "So many on this machine.  [default: one a processor, at most 4; one for an embedded ledger]": (
        "Zoveel op deze machine.  [standaard: één per processor, hoogstens 4; één bij een ingebed logboek]"
    ),
    "End when no approved plan has work, or when the window closes.": (
        "Stop wanneer geen goedgekeurd plan nog werk heeft, of wanneer het venster sluit."
    ),
    "Only say who has which studies in hand.": "Zeg alleen wie welke onderzoeken onderhanden heeft.",
    "Only give back the work of workers that are gone.": "Geef alleen het werk terug van workers die weg zijn.",
    "Who asks for --requeue: your name.": "Wie --requeue vraagt: uw naam.",
}

_ALL = {**_OF_CLICK, **_REVIEW, **_OF_WORKERS, **COMMANDS, **OPTIONS}
TEXTS: Mapping[str, str] = {" ".join(english.split()): dutch for english, dutch in _ALL.items()}
"""By the English text with single blanks."""
