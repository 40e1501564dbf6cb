"""A correction as a value: which elements are expected before and which stand there after. Reads no object.

It is kept in the vault as canonical JSON, version 1:
`{"changes":[{"after":BASE64,"before":BASE64,"tag":"GGGGEEEE"}],"transfer_syntax_uid":UID,"version":1}`, keys sorted, no
white space, changes in ascending order of tag.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from dataclasses import dataclass, field

from remediate.header.tags import tag_text

VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementChange:
    """One top-level element before and after, whole as encoded; b"" where it is absent."""

    tag: int
    before: bytes = field(repr=False)
    after: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """All that changes in one object, group lengths included, in ascending order of tag."""

    transfer_syntax_uid: str
    changes: tuple[ElementChange, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Nothing is to change: the object is in order."""
        return not self.changes

    @property
    def changed_tags(self) -> tuple[str, ...]:
        """The tags as people write them: "(0010,1002)"."""
        return tuple(tag_text(change.tag) for change in self.changes)

    def inverse(self) -> Correction:
        """The correction that takes this one back."""
        turned = (ElementChange(tag=change.tag, before=change.after, after=change.before) for change in self.changes)
        return Correction(transfer_syntax_uid=self.transfer_syntax_uid, changes=tuple(turned))

    def to_bytes(self) -> bytes:
        """Canonical JSON: equal corrections have equal bytes."""
        document = {
            "version": VERSION,
            "transfer_syntax_uid": self.transfer_syntax_uid,
            "changes": [
                {"tag": f"{change.tag:08X}", "before": _text(change.before), "after": _text(change.after)}
                for change in self.changes
            ],
        }
        return json.dumps(document, sort_keys=True, separators=(",", ":")).encode("ascii")

    @classmethod
    def from_bytes(cls, data: bytes) -> Correction:
        """Read what `to_bytes` wrote. Raises ValueError, without naming a value, for anything else."""
        try:
            correction = _read(json.loads(data))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            correction = None
        if correction is None or correction.to_bytes() != bytes(data):
            raise ValueError(f"not a correction of version {VERSION}") from None
        return correction


def _read(document: dict[str, object]) -> Correction:
    changes = document["changes"]
    if not isinstance(changes, list) or not isinstance(document["transfer_syntax_uid"], str):
        raise TypeError
    return Correction(
        transfer_syntax_uid=document["transfer_syntax_uid"],
        changes=tuple(
            ElementChange(
                tag=int(change["tag"], 16),
                before=b64decode(change["before"], validate=True),
                after=b64decode(change["after"], validate=True),
            )
            for change in changes
        ),
    )


def _text(element: bytes) -> str:
    return b64encode(element).decode("ascii")
