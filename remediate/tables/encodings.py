"""In which encoding a text is written, and what is no text at all, such as an Excel workbook; interprets no cell.

The reader of tables asks here, and whoever else must know UTF-8 under a Latin label.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, pairwise
from pathlib import Path
from typing import NamedTuple

from remediate.errors import TableError
from remediate.texts.language import Sentence

ONE_BYTE = ("cp1252", "cp850")
"""Windows, which holds all letters of ISO 8859-1; and DOS."""

_BLOCK = 1 << 20
_HEAD = 1 << 12
_SIGN = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_LETTER = re.compile(rb"[\xc3-\xcf][\x80-\xbf]|\xe2\x80[\x90-\xbf]|\xef\xbf\xbd")
"""Letters of Europe, dashes and quotation marks, and U+FFFD in UTF-8."""
_HIGH = re.compile(rb"[\x80-\xff]")
_WORD = re.compile(rb"[A-Za-z\x80-\xff]*[\x80-\xff][A-Za-z\x80-\xff]*")
_WORDS_KEPT = 2_000
_OPENS, _CLOSES = "“‘’„‚", "”’…"
"""Signs that cp1252 has around words, where cp850 has letters."""
_ALONE = frozenset("–—€…·•°")
_SAVE = Sentence(
    "Open it and save the sheet as CSV (in Excel: `CSV UTF-8`).",
    "Open het en sla het blad op als CSV (in Excel: `CSV UTF-8`).",
)
_UNPACK = Sentence("Unpack it first.", "Pak het eerst uit.")
_EXPORT = Sentence("Export it as CSV.", "Exporteer het als CSV.")
_WEB_PAGE = Sentence(
    "a web page (HTML), as some programs name .xls",
    "een webpagina (HTML), die sommige programma's .xls noemen",
)
_NO_TABLES: Mapping[bytes, tuple[Sentence, Sentence]] = {
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": (Sentence("an Excel workbook (.xls)", "een Excel-werkmap (.xls)"), _SAVE),
    b"\x1f\x8b": (Sentence("compressed (gzip)", "gecomprimeerd (gzip)"), _UNPACK),
    b"%PDF": (Sentence("a PDF", "een PDF"), _EXPORT),
    b"SQLite format 3": (Sentence("an SQLite database", "een SQLite-database"), _EXPORT),
    b"{\\rtf": (Sentence("a text document (RTF)", "een tekstdocument (RTF)"), _EXPORT),
}
_MARKUP: Mapping[bytes, tuple[Sentence, Sentence]] = {
    b"excel": (Sentence("an Excel workbook (XML or HTML)", "een Excel-werkmap (XML of HTML)"), _SAVE),
    b"spreadsheet": (Sentence("a spreadsheet (XML)", "een spreadsheet (XML)"), _SAVE),
    b"<table": (_WEB_PAGE, _SAVE),
    b"<html": (_WEB_PAGE, _SAVE),
    b"<?xml": (Sentence("XML", "XML"), _EXPORT),
}


class Signs(NamedTuple):
    """Signs beyond ASCII in a file, counted by what their bytes are."""

    utf8: int
    other: int


def is_utf8(data: bytes) -> bool:
    """Whether bytes hold signs beyond ASCII and are UTF-8: text in a one-byte encoding is so by rare accident only."""
    if data.isascii():
        return False
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def is_garbled(text: str) -> bool:
    """Whether a text was decoded amiss: UTF-8 read as Latin (MÃ¼ller), or a sign that was lost (U+FFFD)."""
    if text.isascii():
        return False
    if "\ufffd" in text:
        return True
    if not text.isprintable() and any("\x80" <= sign <= "\x9f" for sign in text):
        return True
    return _LETTER.search(b"".join(map(_byte, text))) is not None


def _byte(sign: str) -> bytes:
    """The byte from which a Latin reader made this sign; a space for signs that it does not make."""
    for codec in ("cp1252", "latin-1"):
        try:
            return sign.encode(codec)
        except UnicodeEncodeError:
            continue
    return b" "


def count_signs(path: Path) -> Signs:
    """The signs beyond ASCII in the whole of a file."""
    utf8 = other = 0
    for block in _blocks(path):
        if block.isascii():
            continue
        rest, found = _SIGN.subn(b"", block)
        utf8 += found
        other += len(_HIGH.findall(rest))
    return Signs(utf8, other)


def refuse_other_files(name: str, head: bytes) -> None:
    """Raises `TableError` when a file that begins with `head` is no text: it names an Excel workbook as one."""
    found = next((told for magic, told in _NO_TABLES.items() if head.startswith(magic)), None)
    if head.startswith(b"PK\x03\x04"):
        found = (Sentence("a compressed archive (.zip)", "een gecomprimeerd archief (.zip)"), _UNPACK)
        if b"opendocument" in head:
            found = (Sentence("a LibreOffice spreadsheet (.ods)", "een LibreOffice-spreadsheet (.ods)"), _SAVE)
        elif b"[Content_Types].xml" in head or b"xl/" in head or b"_rels/" in head or b"docProps" in head:
            found = (Sentence("an Excel workbook (.xlsx)", "een Excel-werkmap (.xlsx)"), _SAVE)
    begins = head.removeprefix(codecs.BOM_UTF8).lstrip()[:_HEAD].lower()
    if begins.startswith((b"<?xml", b"<!doctype", b"<html", b"<table", b"<meta")):
        found = next((told for mark, told in _MARKUP.items() if mark in begins), _MARKUP[b"<?xml"])
    if found is not None:
        what, advice = found
        raise TableError(Sentence(f"{name} is {what.en}, not CSV.", f"{name} is {what.nl}, geen CSV."), advice=advice)


def wide_encoding(head: bytes) -> str:
    """UTF-16 by its mark, or by every other byte of Latin text being zero; "" for another encoding."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    first, second = head[0::2].count(0), head[1::2].count(0)
    if max(first, second) * 3 > len(head) and min(first, second) * 20 < max(first, second):
        return "utf-16-le" if second > first else "utf-16-be"
    return ""


def detect_encoding(path: Path, head: bytes) -> str:
    """UTF-16 or UTF-8 where the file is in it, else the one-byte set in which most words read well.

    A file of which most signs are UTF-8 is UTF-8 with damaged rows. Raises `TableError` when it is no text.
    """
    wide = wide_encoding(head)
    if wide:
        return wide
    if head.count(0) * 10 > len(head):
        raise TableError(Sentence(f"{path.name} is no text.", f"{path.name} is geen tekst."), advice=_EXPORT)
    signs = count_signs(path)
    if head.startswith(codecs.BOM_UTF8) or signs.utf8 >= signs.other:
        return "utf-8"
    words = list(islice((word for block in _blocks(path) for word in _WORD.findall(block)), _WORDS_KEPT))
    return max(ONE_BYTE, key=lambda codec: _read_well([word.decode(codec, "replace") for word in words]))


def _read_well(words: Sequence[str]) -> int:
    """How many words are of letters alone, but for marks around them: what is opened has to be closed."""
    opened, closed = (sum(word[at] in mark for word in words) for at, mark in ((0, "“„"), (-1, "”")))
    marks = (_OPENS, _CLOSES) if opened == closed else ("‘’‚", "’…")
    return sum(word in _ALONE or _is_word(word.lstrip(marks[0]).rstrip(marks[1])) for word in words)


def _is_word(text: str) -> bool:
    """Whether these are letters, with a capital beyond ASCII at the beginning or among capitals only."""
    pairs = pairwise(text)
    return text.isalpha() and not any(
        a.islower() and b.isupper() and not (a.isascii() and b.isascii()) for a, b in pairs
    )


def _blocks(path: Path) -> Iterator[bytes]:
    """A file in blocks that end with a line."""
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            yield block + stream.readline(_BLOCK)
