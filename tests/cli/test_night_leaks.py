"""A person planted in every field that others fill in comes out of nothing that a night says: terminal, logs, mail,
webhook, metrics, audit messages over the network, written units, pages."""

from __future__ import annotations

import json
from pathlib import Path

from remediate.demo.faults import Faults
from tests.cli.test_measure_leaks import traces_in
from tests.jobs.receivers import MailServer, WebServer
from tests.leaks import Secrets, leaks_in
from tests.syslog_receivers import TlsReceiver, make_certificates
from tests.workplace import Workplace

PERSON, NUMBER = "JANSENIUS^JACOBA", "999911120"
GHOST = "1.2.826.0.1.3680043.8.498.78"
TEXTS = {
    "SpecificCharacterSet": "ISO_IR 192",
    "StudyInstanceUID": GHOST,
    "StudyDate": "20100304",
    "StudyID": NUMBER,
    "PatientID": NUMBER,
    "PatientName": PERSON,
    "PatientBirthDate": "19530412",
    "OtherPatientIDs": NUMBER,
    "PatientComments": f"Mevr. Jansenius, BSN {NUMBER}",
    "StudyDescription": f"Jansenius 12-04-1953 {NUMBER}",
    "InstitutionName": f"Praktijk Jansenius {NUMBER}",
    "StationName": f"J{NUMBER}",
    "AccessionNumber": NUMBER,
    "ReferringPhysicianName": "Jansenius^J",
    "ModalitiesInStudy": "CT",
}
MESSAGES = (
    f"MSH|^~\\&|JANSENIUS|{NUMBER}|||20261128||ADT^A08|JANSENIUS|P|2.5\rPID|1||7654321||Jansenius^Jacoba||19530412\r",
    f"MSH|^~\\&|EPD|ZBC|||20261128||ADT^A08^JANSENIUS|{NUMBER}|P|2.5\rPID|1||{NUMBER}^^^JANSENIUS^BSN\rPID|2\r",
    f"JANSENIUS {NUMBER}\r",
    "MSH|^~\\&|EPD|ZBC|||Jansenius||ADT^A40|1|P|2.5\rPID|1||7654322^^^ZBC^PI||Jansenius\rMRG|7654321^^^ZBC^PI\r",
)
QUIET = {"from": "00:00", "to": "00:00"}


def test_a_person_in_a_foreign_field_comes_out_of_nothing_that_a_night_says(place: Workplace, tmp_path: Path) -> None:
    """Neither when the archive refuses everything and the EPD delivers what nobody can read, in a file that is named by
    a BSN; nor when all goes well. A surname in the name of the EPD's file is shown: nothing tells it from a word."""
    (place.folder / "epd" / f"herlevering {NUMBER}.hl7").write_text("".join(MESSAGES), newline="")
    certificates, secrets = make_certificates(tmp_path / "certificates"), Secrets.of(place.hospital)
    syslog, said = TlsReceiver(certificates=certificates), dict[str, bytes]()

    def asked(language: str, *words: str) -> None:
        ran = place.run("--lang", language, *words)
        said[" ".join(words)] = (ran.out + ran.err).encode()

    with (
        place.archive(Faults(find_besides=(tuple(TEXTS.items()),), store_status=0xC123)) as archive,
        MailServer(certificates).running() as mail,
        WebServer().running() as web,
        syslog.listening(),
    ):
        sender = {"host": "127.0.0.1", "port": mail.port, "ca_file": str(certificates.ca), "sender": "n@zbc.example"}
        morning = {"file": "morning.txt", "mail": {**sender, "to": ["p@zbc.example"]}}
        place.configure(
            execute={"window": QUIET},
            epd={"files": ["epd/*.hl7"]},
            log={"level": "debug"},
            metrics={"file": "remediate.prom"},
            report={"morning": morning | {"webhook": {"url": f"http://127.0.0.1:{web.port}/"}}},
        )
        asked("nl", "run", "nightly")
        archive.faults = Faults(find_besides=archive.faults.find_besides)
        asked("en", "worker", "--once")
        asked("en", "ledger", "forward", "--to", f"127.0.0.1:{syslog.port}", "--ca", str(certificates.ca))
    for words in (("status",), ("report",), ("metrics",), ("simulate",), ("ledger", "list"), ("ledger", "show", GHOST),
                  ("install", "--system", "--account", "remediate"), ("install", "--user", "--cron"),
                  ("review", "list"), ("epd", "load")):  # fmt: skip
        asked("nl", *words)
    said["status --json"] = place.json("status").out.encode()
    said["mail"] = "\n".join(mail.mails).encode()
    said["webhook"] = json.dumps(web.posted).encode()
    said["syslog"] = b"".join(syslog.received)
    for pattern in ("remediate.log*", "morning.txt", "remediate.prom", "plans/**/*.html", "plans/**/*.json"):
        found = [path for path in place.folder.glob(pattern) if path.is_file()]
        assert found, pattern
        said |= {f"{path.relative_to(place.folder)}": path.read_bytes() for path in found}
    assert len(mail.mails) == len(web.posted) == 1
    assert syslog.received
    assert [name for name, content in said.items() if not content] == []
    assert {name: traces for name, content in said.items() if (traces := traces_in(content))} == {}
    assert [leak for name, content in said.items() for leak in leaks_in(content, name, secrets)] == []
