"""What was judged about millions of headers: packed lines in files, found by the headers' key. Judges nothing.

Most patients have several studies, and most of those have the same headers, so that a plan judges these once.
"""

from __future__ import annotations

import json
import mmap
from array import array
from collections.abc import Iterator, Sequence
from datetime import date
from typing import IO, NamedTuple

from remediate.identity.dates import read_da
from remediate.plan.judge import Judgement
from remediate.plan.lines import LineFrame, Template
from remediate.records.ledger import HeadersDecided
from remediate.records.states import State

_SEPARATOR = "\x1f"  # cannot stand in JSON of which the signs are escaped
_FRAME = "="  # begins a line that holds a frame; the others begin with the headers' key
_UNKNOWN = -1
_DATE_LENGTH = len("YYYYMMDD")
_unquote = json.JSONDecoder().decode


class JudgedHeaders(NamedTuple):
    """What holds for every study with the same headers, unless it is dated before `born`."""

    template: Template
    born: str  # YYYYMMDD; "" when there is nobody with whom the study was compared: then no date is too early

    def holds_on(self, study_date: str) -> bool:
        """False when the Study Date may say otherwise: before birth, or on no calendar."""
        if not study_date:
            return True
        return len(study_date) == _DATE_LENGTH and study_date >= self.born and isinstance(read_da(study_date), date)


class MemoryWriter:
    """Writes down what was judged, in one pass over a share of the headers."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._frames: dict[LineFrame, int] = {}

    def add(self, judged: list[tuple[int, Judgement, Template]]) -> None:
        """What was judged about headers, by their keys, on no particular date."""
        lines = []
        for key, judgement, (frame, *texts) in judged:
            place = self._frames.get(frame)
            if place is None:
                place = self._frames[frame] = len(self._frames)
                lines.append(_FRAME + json.dumps(frame))
            lines.append(_SEPARATOR.join((str(key), str(place), *texts, _birth_date(judgement))))
        if lines:
            self._file.write("\n".join(lines).encode() + b"\n")


class Memory:
    """What several shares wrote down; complete for one snapshot of the registry."""

    def __init__(self, files: Sequence[IO[bytes]], highest_key: int) -> None:
        self._blobs: list[mmap.mmap | bytes] = []
        self._frames: list[list[LineFrame]] = []
        self._places = array("q", [_UNKNOWN]) * (highest_key + 1)  # place in the share's file, times shares, plus share
        self._shares = len(files)
        for share, file in enumerate(files):
            self._read(share, file)

    def _read(self, share: int, file: IO[bytes]) -> None:
        frames: list[LineFrame] = []
        at, shares, places = 0, self._shares, self._places
        mark, separator = _FRAME.encode(), _SEPARATOR.encode()
        file.seek(0)
        for line in file:
            if line.startswith(mark):
                head, middle, tail, state, reason, _ = json.loads(line[1:])  # no person decides about headers
                frames.append(LineFrame(head, middle, tail, State(state), reason))
            else:
                places[int(line[: line.index(separator)])] = at * shares + share
            at += len(line)
        self._frames.append(frames)
        self._blobs.append(mmap.mmap(file.fileno(), at, access=mmap.ACCESS_READ) if at else b"")

    def recall(self, headers_id: int) -> JudgedHeaders:
        """What was judged about these headers. Raises KeyError when nothing was."""
        place = self._places[headers_id]
        if place == _UNKNOWN:
            raise KeyError(headers_id)
        at, share = divmod(place, self._shares)
        blob = self._blobs[share]
        line = blob[at : blob.find(b"\n", at)].decode()
        _, frame, epd_patient_id, fingerprint, patient_id, born = line.split(_SEPARATOR)
        return JudgedHeaders(Template(self._frames[share][int(frame)], epd_patient_id, fingerprint, patient_id), born)

    def decided(self) -> Iterator[HeadersDecided]:
        """What was decided about each of the headers, by ascending key."""
        for key, place in enumerate(self._places):
            if place != _UNKNOWN:
                template = self.recall(key).template
                yield HeadersDecided(key, template.state, template.reason, _unquote(template.fingerprint))

    def close(self) -> None:
        """Let the files go."""
        for blob in self._blobs:
            if isinstance(blob, mmap.mmap):
                blob.close()


def _birth_date(judgement: Judgement) -> str:
    born = judgement.patient.birth_date if judgement.patient else None
    return f"{born.year:04d}{born.month:02d}{born.day:02d}" if born else ""
