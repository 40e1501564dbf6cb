"""The section `epd.csv` of a configuration as a file seems to need it, with comments; looks at no file."""

from __future__ import annotations

import json
import re

from remediate.config.epd import CSV_COLUMNS
from remediate.epd.csv.detect import Detected
from remediate.texts.printable import printable, printable_json

_SECTION = re.compile(r"^  csv:.*?(?=^    sex_values:)", re.MULTILINE | re.DOTALL)
_COMMENT_AT = 33


def into_config(text: str, detected: Detected, name: str) -> str:
    """The text of a configuration with its section `epd.csv`, up to sex_values, as proposed for the file `name`."""
    return _SECTION.sub(lambda _: section(detected, name), text, count=1)


def section(detected: Detected, name: str) -> str:
    """The section in YAML. A date format is left out: a person chooses it."""
    shown = printable(name)
    lines = [
        _commented("  csv:", f"proposed from {shown}, {detected.rows} rows of it; check every line"),
        f"    delimiter: {json.dumps(detected.delimiter)}",
        f"    encoding: {detected.encoding}",
        _date_format(detected),
        _commented("    columns:", "ours: theirs"),
    ]
    for ours in CSV_COLUMNS:
        if ours in detected.columns:
            lines.append(f"      {ours}: {printable_json(detected.columns[ours])}")
        elif ours in detected.ambiguous:
            choices = ", ".join(printable_json(theirs) for theirs in detected.ambiguous[ours])
            lines.append(_commented(f"      # {ours}:", f"choose: {choices}"))
        else:
            lines.append(_commented(f"      # {ours}:", "no column was found for it"))
    return "\n".join(lines) + "\n"


def _date_format(detected: Detected) -> str:
    fits = detected.date_formats
    if not fits:
        return _commented('    # date_format: ""', "NEEDED: no usual form fits all birth dates of the file")
    advice = f"NEEDED: uncomment when that is the form; of those tried {', '.join(fits)} can be read"
    return _commented(f"    # date_format: {json.dumps(fits[0])}", advice)


def _commented(text: str, comment: str) -> str:
    return f"{text.ljust(_COMMENT_AT - 1)} # {comment}"
