"""The shapes of HL7 v2 messages that Dutch systems are known to send, each once, with test numbers."""

from __future__ import annotations

from tests.epd.epd_samples import BSN, BSN_2, HOSPITAL, adt, bsn, number, pid

T = "20240101120000"
OID = "2.16.840.1.113883.2.4.6.3"
DOUBLE_NAME = "de Vries - van der Linden&van der Linden&&de&Vries"


def _zorgdomein() -> str:
    identifiers = f"123^^^^PI_{BSN}^^^NLMINBIZA^NNNLD"
    name = "Jan~sen\\R\\x&&Jan~sen\\R\\x^Jan^^^^^L"
    header = f"MSH|^_\\&|ZorgDomein||||{T}||ADT^A08^ADT_A01|1|P|2.4||||||UNICODE UTF-8"
    return f"{header}\rEVN|A08|{T}\rPID|1||{identifiers}||{name}||19700215|M\r"


def _mrg(*values: str) -> str:
    return "MRG|" + "~".join(number(value) for value in values)


PUBLISHED: dict[str, str] = {
    "number and BSN": adt("A28", T, pid(number("123"), bsn(BSN))),
    "BSN first": adt("A31", T, pid(bsn(BSN), number("123"))),
    "empty authority": adt("A08", T, pid("123^^^^PI", bsn(BSN))),
    "MR and VN": adt("A01", T, pid(number("9", "VN"), number("123", "MR"), bsn(BSN))),
    "passport under the ministry": adt("A04", T, pid(number("123"), "AA1234567^^^NLMINBIZA^PPN", bsn(BSN))),
    "empty BSN": adt("A08", T, pid(number("123"), "^^^NLMINBIZA^NNNLD")),
    "authority with OID": adt("A08", T, pid(number("123"), f"{BSN}^^^NLMINBIZA&{OID}&ISO^NNNLD")),
    "BSN item that deletes": adt("A08", T, pid(number("123"), '""^^^NLMINBIZA^NNNLD', name='""', birth='""')),
    "two BSNs": adt("A08", T, pid(number("123"), bsn(BSN), bsn(BSN_2))),
    "ZorgDomein": _zorgdomein(),
    "double name": adt("A08", T, pid(number("123"), bsn(BSN), name=f"{DOUBLE_NAME}^Anna^M.^^^^L")),
    "escapes": adt("A08", T, pid(number("123"), name="M\\T\\M \\S\\ \\R\\ \\F\\ \\E\\ Zn^Jan")),
    "8859/1": adt("A08", T, pid(number("123"), name="Çelik^Renée")),
    "8859/15": adt("A08", T, pid(number("123"), name="Œuvre^Š€an"), charset="8859/15"),
    "UTF-8": adt("A08", T, pid(number("123"), name="Łukasz^Ağaoğlu"), charset="UNICODE UTF-8"),
    "no MSH-18": adt("A08", T, pid(number("123")), charset=""),
    "several sets": adt("A08", T, pid(number("123"), name="Çelik^R"), charset="8859/1~UNICODE UTF-8"),
    "PID-31 and PID-32": adt("A08", T, pid(number("123"), bsn(BSN), rest="|" * 23 + "Y|NNNLD")),
    "merge": adt("A40", T, pid(number("2"), bsn(BSN)), _mrg("1")),
    "older merge": adt("A34", T, pid(number("2")), _mrg("1")),
    "oldest merge": adt("A18", T, pid(number("2")), _mrg("1")),
    "number change": adt("A47", T, pid(number("2")), _mrg("1")),
    "merge with itself": adt("A40", T, pid(number("1")), _mrg("1")),
    "merge of several": adt("A40", T, pid(number("3")), _mrg("1", "2")),
    "truncation sign of 2.7": adt("A08", T, pid(number("123"))).replace("^~\\&", "^~\\&#").replace("|2.4|", "|2.7|"),
    "name without a type": f"MSH|^~\\&|EPD|{HOSPITAL}|||{T}||ADT|1|P|2.2\rEVN|A08|{T}\r{pid(number('123'))}\r",
}

CODECS = {"8859/15": "iso8859-15", "UTF-8": "utf-8", "ZorgDomein": "utf-8"}
"""Of the samples that are not in 8859/1."""
