"""Evidence survives its encoding whatever stood in the header."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remediate.identity.bsn import Bsn, BsnProblem
from remediate.identity.evidence import BsnClaim, Evidence, Flag, Place, Strength
from remediate.ledger.evidence_codec import decode_headers, encode_headers
from tests.ledger.ledger_samples import TEST_BSN, probed

# Headers decoded with the wrong character set hold anything, halves of surrogate pairs and NUL included.
_texts = st.text(st.characters(), max_size=20) | st.text(st.sampled_from("\ud800\udfff\0\\^=é"), max_size=6)
_claims = st.builds(
    BsnClaim,
    place=st.sampled_from(Place),
    path=_texts,
    strength=st.sampled_from(Strength),
    value=st.just(Bsn(TEST_BSN)) | st.sampled_from(BsnProblem),
)
_headers = st.builds(
    Evidence,
    patient_id=_texts,
    issuer=_texts,
    patient_name=_texts,
    birth_date=_texts,
    sex=_texts,
    claims=st.lists(_claims, max_size=3).map(tuple),
    flags=st.frozensets(st.sampled_from(Flag)),
)
_studies = st.lists(_headers, max_size=3).map(tuple)


@given(_studies)
def test_headers_come_back_unchanged(headers: tuple[Evidence, ...]) -> None:
    assert decode_headers(encode_headers(headers)) == headers


@given(_studies, _studies)
def test_equal_headers_have_equal_bytes_and_no_other(one: tuple[Evidence, ...], other: tuple[Evidence, ...]) -> None:
    assert (encode_headers(one) == encode_headers(other)) == (one == other)


@pytest.mark.parametrize(
    "data",
    [b"", b"{}", b"[2]", b"[1]", b"[1,[[]]]", b"[1,3]", b'[1,[["","","","","",[["","","","",""]],[]]]]',
     b'[1,[["","","","","",[],["rumour"]]]]'],
)  # fmt: skip
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError):
        decode_headers(data)


def test_encoding_is_compact() -> None:
    assert len(encode_headers(probed(1).headers)) < 300
