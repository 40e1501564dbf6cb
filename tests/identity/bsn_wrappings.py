"""A BSN as nobody should have typed it: strategies for the reader of spellings and for the headers that it reads."""

from __future__ import annotations

from hypothesis import strategies as st

from remediate.identity.bsn import Bsn, passes_eleven_test

OID = "2.16.840.1.113883.2.4.6.3"

numbers = st.sampled_from([n for n in (f"9999{n:05d}" for n in range(1, 99_999)) if passes_eleven_test(n)]).map(Bsn)
separators = st.text(st.sampled_from(" .-/_,:;()[]\t\r\n\0\u00a0\u2009\u200b\ufeff'\"*#+="), min_size=0, max_size=3)
scripts = st.sampled_from(["0", "\uff10", "\u0660", "\u06f0", "\u0966"])  # ASCII, full width, Arabic-Indic ...
words = st.sampled_from(["", "BSN", "bsn:", "Bsn nr. ", "burgerservicenummer ", "BURGERSERVICENR ", "sofi ", "nr. "])
suffixes = st.sampled_from(
    ("", " (BSN)", "^^^NLMINBIZA^NNNLD", "^^^nlminbiza", "^^^HOSPITAL^PI", "~X17^^^HOSPITAL", f"^^^&{OID}&ISO", "&x",
     "\\S\\\\S\\\\S\\NLMINBIZA", "\\.br\\", "\\X0D\\", " bsn", "/H")
)  # fmt: skip


@st.composite
def wrappings(draw: st.DrawFn) -> tuple[Bsn, str]:
    """A number as nobody should have typed it."""
    bsn, zero = draw(numbers), ord(draw(scripts))
    digits = [chr(zero + int(digit)) for digit in bsn.digits]
    cuts = draw(st.lists(st.integers(1, 8), max_size=3))
    between = draw(separators)
    spelled = "".join(between + digit if at in cuts else digit for at, digit in enumerate(digits))
    return bsn, draw(words) + draw(separators) + spelled + draw(separators) + draw(suffixes)
