"""How each command is called, in examples that its help shows; a test parses each of them."""

from __future__ import annotations

from collections.abc import Mapping

from remediate.texts.language import Sentence


def _same(*lines: str) -> tuple[Sentence, ...]:
    return tuple(Sentence(line, line) for line in lines)


def _named(*pairs: tuple[str, str]) -> tuple[Sentence, ...]:
    return tuple(Sentence(en, nl) for en, nl in pairs)


_PLAN = "plans/plan-0001/plan.json"
_STUDY = "1.2.840.99999.1"

EXAMPLES: Mapping[str, tuple[Sentence, ...]] = {
    "": _same("remediate demo", "remediate --lang nl status", "remediate --config /etc/remediate/config.yaml survey"),
    "init": _same("remediate init", "remediate init --dir hospital --csv epd.csv"),
    "doctor": _same("remediate doctor", "remediate doctor --probe"),
    "survey": _same("remediate survey", "remediate survey --from 2015-01-01 --to 2015-12-31"),
    "survey import": _named(
        ("remediate survey import studies.csv", "remediate survey import onderzoeken.csv"),
        (
            "remediate survey import studies.csv --date-format %d-%m-%Y",
            "remediate survey import onderzoeken.csv --date-format %d-%m-%Y",
        ),
    ),
    "epd": _same("remediate epd load epd.csv adt.hl7"),
    "epd load": _same("remediate epd load epd.csv adt.hl7", "remediate epd load --snapshot epd.csv"),
    "epd show": _same("remediate epd show 1234567 --issuer HOSPITAL"),
    "plan": _same("remediate plan", "remediate plan --detailed-exitcode"),
    "review": _same("remediate review export review.csv", "remediate review list --limit 5"),
    "review groups": _same("remediate review groups"),
    "review export": _named(
        ("remediate review export review.csv", "remediate review export beoordeling.csv"),
        (
            'remediate review export both.csv --reveal --limit 50 --by NAME --why "judged at the desk"',
            'remediate review export beide.csv --reveal --limit 50 --by NAAM --why "beoordeeld aan de balie"',
        ),
    ),
    "review decide": _named(
        (
            "remediate review decide birth-date-differs:day-and-month-swapped confirm",
            "remediate review decide birth-date-differs:day-and-month-swapped confirm",
        ),
        (
            'remediate review decide sex-absent:absent-in-study exclude --seen CODE --by NAME --why "not ours"',
            'remediate review decide sex-absent:absent-in-study exclude --seen CODE --by NAAM --why "niet van ons"',
        ),
    ),
    "review exclude": _named(
        (
            f'remediate review exclude {_STUDY} --by NAME --why "wrong patient, says the ward"',
            f'remediate review exclude {_STUDY} --by NAAM --why "verkeerde patiënt, zegt de afdeling"',
        )
    ),
    "review undo": _named((f"remediate review undo {_STUDY} --by NAME", f"remediate review undo {_STUDY} --by NAAM")),
    "review looks": _same("remediate review looks"),
    "review import": _named(
        ("remediate review import review.csv --by NAME", "remediate review import review.csv --by NAAM")
    ),
    "review list": _same("remediate review list --limit 5"),
    "approve": _named((f"remediate approve {_PLAN} --by NAME", f"remediate approve {_PLAN} --by NAAM")),
    "withdraw": _named(
        (
            'remediate withdraw plan-0001 --by NAME --why "made from an old EPD extract"',
            'remediate withdraw plan-0001 --by NAAM --why "gemaakt met een oude EPD-export"',
        )
    ),
    "execute": _same(
        f"remediate execute {_PLAN} --max-studies 10",
        "remediate execute --approved --until 05:30",
        "remediate execute plan-0001 --now",
        "remediate execute plan-0001 --copies",
    ),
    "now": _named(
        (f"remediate now --study {_STUDY} --by NAME", f"remediate now --study {_STUDY} --by NAAM"),
        ("remediate now --patient --by NAME --wait 10", "remediate now --patient --by NAAM --wait 10"),
    ),
    "worker": _named(
        ("remediate worker", "remediate worker"),
        ("remediate worker --list", "remediate worker --list"),
        (
            'remediate worker --requeue --by NAME --why "its machine burnt down"',
            'remediate worker --requeue --by NAAM --why "de machine is afgebrand"',
        ),
    ),
    "verify": _same(
        "remediate verify plan-0001",
        "remediate verify --sample 5",
        f"remediate verify --study {_STUDY}",
        "remediate verify --copies --sample 5",
    ),
    "rollback": _named(
        (
            f'remediate rollback --study {_STUDY} --by NAME --why "wrong patient" --preview',
            f'remediate rollback --study {_STUDY} --by NAAM --why "verkeerde patiënt" --preview',
        ),
        (
            'remediate rollback --batch batch-0002 --by NAME --why "wrong issuer"',
            'remediate rollback --batch batch-0002 --by NAAM --why "verkeerde uitgevende instantie"',
        ),
    ),
    "originals": _named(
        (
            f'remediate originals {_STUDY} --to folder --by NAME --why "two objects are missing"',
            f'remediate originals {_STUDY} --to map --by NAAM --why "twee objecten ontbreken"',
        )
    ),
    "release": _named(
        (
            f'remediate release {_STUDY} --by NAME --why "put back by hand"',
            f'remediate release {_STUDY} --by NAAM --why "met de hand teruggezet"',
        )
    ),
    "simulate": _same("remediate simulate", "remediate simulate --window 18:00-07:00 --pace 40 --order newest"),
    "metrics": _same("remediate metrics", "remediate metrics --serve"),
    "tell": _named(
        ("remediate tell", "remediate tell"),
        ("remediate tell --list", "remediate tell --list"),
        (
            'remediate tell --retry --receiver xds --by NAME --why "the registry takes it now"',
            'remediate tell --retry --receiver xds --by NAAM --why "het register neemt het nu aan"',
        ),
    ),
    "status": _same("remediate status", "remediate status --json"),
    "pause": _same("remediate pause"),
    "resume": _same("remediate resume"),
    "stop": _same("remediate stop"),
    "limit": _same("remediate limit --associations 4", "remediate limit --as-configured"),
    "report": _same("remediate report", "remediate report --batch batch-0002 --out night.html"),
    "ledger": _same("remediate ledger list --failed", f"remediate ledger show {_STUDY}", "remediate ledger verify"),
    "ledger backup": _same("remediate ledger backup /backup/ledger-2026-11-28.db"),
    "ledger checkpoint": _same("remediate ledger checkpoint", "remediate ledger checkpoint --to /second-place"),
    "ledger export": _same(
        "remediate ledger export events.csv --format csv --since 2026-11-01",
        "remediate ledger export audit.xml --format dicom-audit --batch batch-0002",
    ),
    "ledger forward": _same("remediate ledger forward", "remediate ledger forward --to syslog.hospital.example:6514"),
    "ledger grant": _same("remediate ledger grant night_worker", "remediate ledger grant auditor --for audit"),
    "ledger list": _same(
        "remediate ledger list --failed --since 2026-11-01",
        "remediate ledger list --patient",
        "remediate ledger list --type approved",
    ),
    "ledger public-key": _same("remediate ledger public-key"),
    "ledger retention": _same("remediate ledger retention"),
    "ledger rotate-key": _named(
        (
            'remediate ledger rotate-key --by NAME --why "yearly rotation"',
            'remediate ledger rotate-key --by NAAM --why "jaarlijkse wisseling"',
        )
    ),
    "ledger patient": _named(
        ("remediate ledger patient --out answer.html", "remediate --lang nl ledger patient --out antwoord.html"),
        (
            'remediate ledger patient --from-file numbers.txt --reveal --by NAME --why "request of the patient"',
            'remediate ledger patient --from-file nummers.txt --reveal --by NAAM --why "verzoek van de patiënt"',
        ),
    ),
    "ledger show": _named(
        (f"remediate ledger show {_STUDY}", f"remediate ledger show {_STUDY}"),
        (
            f'remediate ledger show {_STUDY} --reveal --by NAME --why "request of the patient"',
            f'remediate ledger show {_STUDY} --reveal --by NAAM --why "verzoek van de patiënt"',
        ),
    ),
    "ledger shred": _named(
        (
            'remediate ledger shred --expired --by NAME --why "past their time"',
            'remediate ledger shred --expired --by NAAM --why "bewaartermijn verstreken"',
        )
    ),
    "ledger verify": _same(
        "remediate ledger verify",
        "remediate ledger verify --checkpoints /second-place",
        "remediate ledger verify --copy ledger.db --public-key key.txt",
    ),
    "measure": _same("remediate measure", "remediate measure --full"),
    "measure jobs": _same("remediate measure jobs jobs.csv --last 3m", "remediate measure jobs --propose jobs.csv"),
    "measure new": _same("remediate measure new", "remediate measure new --day came --full"),
    "measure received": _same("remediate measure received", "remediate measure received --from 2026-01-01"),
    "measure sample": _same("remediate measure sample --size 300", "remediate measure sample --by year --by modality"),
    "measure survey": _same("remediate measure survey", "remediate measure survey --full"),
    "measure trend": _same("remediate measure trend"),
    "header": _same("remediate header show image.dcm"),
    "header correct": _same("remediate header correct image.dcm --to corrected --bsn-file bsn.txt"),
    "header show": _same("remediate header show image.dcm", "remediate header show *.dcm --json"),
    "header undo": _same("remediate header undo corrected/image.dcm --to restored"),
    "run": _same("remediate run nightly", "remediate run /etc/remediate/jobs/own.yaml"),
    "install": _same(
        "remediate install",
        "remediate install --system --account remediate --write /etc/systemd/system",
        "remediate install --cron",
    ),
    "web": _same("remediate web", "remediate web --port 8080"),
    "web user": _same("remediate web user list"),
    "web user add": _named(
        (
            'remediate web user add jsmit --role reviewer --role approver --person "J. Smit"',
            'remediate web user add jsmit --role reviewer --role approver --person "J. Smit"',
        )
    ),
    "web user role": _same("remediate web user role jsmit --role auditor"),
    "web user link": _same("remediate web user link jsmit --forget-factors"),
    "web user close": _same("remediate web user close jsmit"),
    "web user list": _same("remediate web user list"),
    "demo": _same("remediate demo", "remediate demo --dir demo --studies 200 --keep-running", "remediate demo --web"),
}
