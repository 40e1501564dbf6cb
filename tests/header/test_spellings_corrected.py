"""A patient's own BSN, in whatever spelling it stands among his identifiers, moves to its place and stays nowhere else.

The spellings are the second adversary's (`tests/bench/adversarial_spellings.py`); files go through `header correct`.
"""

from __future__ import annotations

import io
import json
import re
import unicodedata
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from random import Random

import pytest
from pydicom import Dataset, dcmread

from remediate.cli.main import invoke
from remediate.demo.part10 import DicomObject, to_part10
from tests.bench.adversarial_hospital import (
    CHARSET,
    EXPLICIT,
    SERIES_UID,
    SOP_CLASS_UID,
    SOP_INSTANCE_UID,
    STUDY_UID,
    encoded,
)
from tests.bench.adversarial_spellings import (
    IN_NUMBERS_ONLY,
    WRITTEN,
    item,
    item_in_halves,
    other_patient_ids,
    people,
    second_item,
)

SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
ORIGINAL_ATTRIBUTES = 0x04000561
SHARES_A_VALUE = "7700123"  # another number in the same value: it stays, and what is left may be for people


def _texts(dataset: Dataset, path: str = "") -> Iterator[tuple[str, str]]:
    """Every value with its path, without the old values."""
    for element in dataset:
        if element.tag == ORIGINAL_ATTRIBUTES:
            continue
        if element.VR == "SQ":
            for at, inner in enumerate(element.value):
                yield from _texts(inner, f"{path}{element.tag}[{at}]")
        else:
            yield f"{path}{element.tag}", str(element.value)


@pytest.mark.parametrize("place", [item, item_in_halves, other_patient_ids, second_item], ids=lambda p: p.__name__)
def test_the_own_number_in_any_spelling_moves_and_does_not_stay_behind(place, tmp_path: Path) -> None:
    """Each spelling once; other numbers of the same header are still there."""
    random = Random(place.__name__)
    (person,), _ = people(random, 1)
    written = [write for write in (*WRITTEN, *IN_NUMBERS_ONLY) if SHARES_A_VALUE not in write("#########")]
    files = []
    for at, write in enumerate(written):
        header: dict[int, object] = {CHARSET: "ISO_IR 192", SOP_CLASS_UID: SECONDARY_CAPTURE}
        header |= {SOP_INSTANCE_UID: f"2.25.{at + 1}", STUDY_UID: "2.25.7", SERIES_UID: "2.25.8"}
        place(random, header, write(person.bsn))
        made = DicomObject(
            sop_class_uid=SECONDARY_CAPTURE,
            sop_instance_uid=f"2.25.{at + 1}",
            transfer_syntax_uid=EXPLICIT,
            dataset_bytes=encoded(header),
        )
        files.append(tmp_path / f"{at}.dcm")
        files[-1].write_bytes(to_part10(made))
    held = tmp_path / "bsn"
    held.write_text(person.bsn)
    held.chmod(0o600)
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()):
        invoke(["--json", "header", "correct", *map(str, files), "--to", str(tmp_path / "to"), "--bsn-file", str(held)])
    for write, path, answer in zip(written, files, json.loads(out.getvalue())["files"], strict=True):
        spelling = write("#########")
        assert answer["state"] == "corrected", (spelling, answer["reason"])
        before, after = dict(_texts(dcmread(path))), dict(_texts(dcmread(answer["written"])))
        places = [found for found, text in after.items() if person.bsn in _digits(text)]
        assert len(places) == 1, (spelling, places)
        assert places[0].startswith("(0010,1002)"), (spelling, places)
        assert _numbers(before) - {person.bsn} <= _numbers(after), spelling


def _digits(text: str) -> str:
    return re.sub(r"[^0-9]", "", unicodedata.normalize("NFKC", text))


def _numbers(texts: dict[str, str]) -> set[str]:
    """The numbers of the hospital and of elsewhere."""
    joined = " ".join(texts.values())
    return {number for number in ("7700123", "K-881", "ZH55-12") if number in joined}
