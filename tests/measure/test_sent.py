"""What may be said of what was sent: jobs and studies apart, bounds of what nobody judged, strange times and texts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from unittest.mock import Mock

import pytest
import yaml

from remediate.config.measure import JobListSettings
from remediate.config.settings import Config
from remediate.demo.hospital import build_hospital
from remediate.measure.job_list import JobList, JobState, JobType, ListWords, Period, read_job_list
from remediate.measure.job_proposal import propose, section
from remediate.measure.jobs import JobTally, measure_jobs, reached, week_of
from remediate.measure.names import MASKED, shown_name, shown_reason
from remediate.records.measurements import CensusRow, Moments
from remediate.records.states import State
from tests.measured_hospital import CORRECT, EXCEPTED, planned_place, truth_of
from tests.workplace import Workplace

TODAY = date(2026, 11, 28)
HEADER = "time;type;state;study_instance_uid;accession_number;destination;reason\n"


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """A surveyed and planned hospital of which nothing was corrected."""
    return planned_place(tmp_path_factory.mktemp("sent"), build_hospital(60))


def listed(tmp_path: Path, text: str, *, period: Period = Period(), **settings: object) -> JobList:  # noqa: B008
    """A list of these lines, read."""
    path = tmp_path / "list.csv"
    path.write_text(text, encoding="utf-8")
    return read_job_list(path, JobListSettings(**settings), today=TODAY, period=period)  # type: ignore[arg-type]


def problems(found: JobList) -> list[str]:
    return [one.reason.value for one in found.problems]


def line(time: str = "2026-11-20 10:00", state: str = "finished", uid: str = "1.2", **more: str) -> str:
    cells = (time, more.get("kind", "DICOM"), state, uid, more.get("number", ""), more.get("to", "Noord"), "")
    return ";".join(cells) + "\n"


def right_ones(planned: Workplace) -> list[str]:
    return [one.study_instance_uid for one in planned.hospital.studies if truth_of(one) == CORRECT]


def test_ten_of_a_thousand_judged_is_neither_all_nor_reached(planned: Workplace, tmp_path: Path) -> None:
    right = right_ones(planned)[:2]
    path = tmp_path / "jobs.csv"
    unknown = "".join(line(uid=f"1.2.3.{number}") for number in range(198))
    path.write_text(HEADER + "".join(line(uid=uid) for uid in right) + unknown)
    answer = planned.must("measure", "jobs", str(path)).answer
    assert (answer["studies"], answer["correct"], answer["sent"], answer["unjudged"]) == (2, 2, 200, 198)
    assert answer["bounds"] == [0.01, 1.0]
    assert answer["reached"] is None
    assert answer["interval"][0] < 0.8
    assert answer["interval"][1] == 1.0
    english = planned.run("measure", "jobs", str(path), "--lang", "en").out
    assert "Of 200 studies that were sent, 2 could be judged" in english
    assert "between 1.0 %" in english
    assert "100.0 % (if all were right)" in english
    assert "Reached" not in english
    assert f"measure jobs {path} --survey-missing" in " ".join(english.split())
    dutch = planned.run("measure", "jobs", str(path), "--lang", "nl").out
    assert "Van 200 verzonden onderzoeken waren er 2 te beoordelen" in dutch
    assert "tussen 1,0 %" in dutch
    assert "Niet aangetoond" in dutch


def test_jobs_and_distinct_studies_are_counted_apart(planned: Workplace, tmp_path: Path) -> None:
    right = right_ones(planned)
    path = tmp_path / "jobs.csv"
    times = [f"2026-11-{day:02d} {hour:02d}:00" for day in range(2, 20) for hour in range(8, 18)]
    path.write_text(HEADER + "".join(line(time, uid=uid) for time in times for uid in right))
    answer = planned.must("measure", "jobs", str(path)).answer
    assert (answer["jobs"], answer["sendings"]) == (360, 360)
    assert (answer["studies"], answer["sent"], answer["correct"], answer["share"]) == (2, 2, 2, 1.0)
    assert answer["reached"] is True
    said = planned.run("measure", "jobs", str(path), "--lang", "en").out
    assert "360 jobs from" in said
    assert "360 studies" not in said


def test_a_study_that_went_out_wrong_once_went_out_wrong() -> None:
    def verdict(correct: int, studies: int, sent: int, unread: int = 0) -> bool | None:
        wrong = {"missing": studies - correct} if studies > correct else {}
        counted = JobTally(sent=sent, studies=studies, correct=correct, wrong=wrong, not_judged={}, exceptions={})
        return reached(counted, unread=unread, target=0.95)

    assert verdict(96, 100, 100) is True
    assert verdict(95, 100, 100) is False, "more than 95 %"
    assert verdict(96, 96, 100) is True, "the unjudged cannot overturn it"
    assert verdict(95, 95, 100) is None
    assert verdict(90, 96, 100) is False, "the unjudged cannot mend it"
    assert verdict(96, 100, 100, unread=2) is None, "a line that could not be read may have sent a study"
    assert verdict(0, 0, 0) is None


def test_the_leaflets_words_are_known_without_configuring(tmp_path: Path) -> None:
    words = [("Afgerond", JobState.FINISHED), ("Wachten", JobState.WAITING), ("Mislukt", JobState.FAILED)]
    kinds = [("DICOM Send", JobType.DICOM), ("DICOM E-Mail", JobType.EMAIL)]
    text = HEADER + "".join(
        line(state=word, kind=kind, uid=f"1.2.{n}.{m}") for n, (word, _) in enumerate(words) for m, (kind, _) in
        enumerate(kinds)
    )  # fmt: skip
    found = listed(tmp_path, text)
    assert problems(found) == []
    assert [(job.state, job.type) for job in found.jobs] == [(state, kind) for _, state in words for _, kind in kinds]


def test_a_tab_separates_cells_for_jobs_and_epd_alike(tmp_path: Path) -> None:
    for sign in ("\t", "tab", "\\t"):
        settings = yaml.safe_load(yaml.safe_dump({"delimiter": sign}))
        assert JobListSettings(**settings).delimiter == "\t"
        assert Config.model_validate({"epd": {"csv": settings}, "archive": ARCHIVE}).epd.csv.delimiter == "\t"
    found = listed(tmp_path, HEADER.replace(";", "\t") + line().replace(";", "\t"), delimiter="\t")
    assert len(found.jobs) == 1


ARCHIVE = {"ae_title": "REMEDIATE", "host": "127.0.0.1", "port": 4242, "called_ae_title": "ORTHANC"}


@pytest.mark.parametrize(
    ("time", "reason", "week"),
    [
        ("2026-03-29 02:30", "time-skipped", "2026-W13"), ("2026-10-25 02:30", "time-twice", "2026-W43"),
        ("1899-12-30 00:00", "time-impossible", "undated"), ("2099-01-01 00:00", "time-impossible", "undated"),
        ("1970-01-01 01:00", "time-impossible", "undated"), ("2026-03-29 03:30", "", "2026-W13"),
        ("2026-10-25 03:00", "", "2026-W43"), ("2026-03-29 01:59", "", "2026-W13"),
        ("2026-02-30 10:00", "time-unreadable", "undated"), ("2026-11-29 00:10", "", "2026-W48"),
    ],
)  # fmt: skip
def test_a_strange_time_is_told_and_makes_no_week(tmp_path: Path, time: str, reason: str, week: str) -> None:
    found = listed(tmp_path, HEADER + line(time))
    assert problems(found) == ([reason] if reason else [])
    assert week_of(found.jobs[0].day) == week
    assert (found.jobs[0].at is None) == bool(reason)


def test_a_time_that_names_its_zone_is_that_moment(tmp_path: Path) -> None:
    times = ["2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00", "2026-10-24T22:30:00Z"]
    found = listed(tmp_path, HEADER + "".join(map(line, times)), time_formats=["%Y-%m-%dT%H:%M:%S%z"])
    assert problems(found) == []
    assert [job.at for job in found.jobs] == list(map(datetime.fromisoformat, times))
    assert {job.day for job in found.jobs} == {date(2026, 10, 25)}, "the day of the list's zone"


def test_an_impossible_date_makes_no_empty_weeks(planned: Workplace, tmp_path: Path) -> None:
    path = tmp_path / "jobs.csv"
    path.write_text(HEADER + line() + line("1899-12-30 00:00") + line("2099-05-05 10:00"))
    answer = planned.must("measure", "jobs", str(path)).answer
    assert (answer["period"]["weeks"], answer["period"]["empty_weeks"]) == (1, 0)
    assert answer["problems"]["time-impossible"]["lines"] == [3, 4]


def test_several_studies_of_one_cell_are_all_sent(planned: Workplace, tmp_path: Path) -> None:
    right = [one.study_instance_uid for one in planned.hospital.studies if truth_of(one) != EXCEPTED][:4]
    path = tmp_path / "jobs.csv"
    cells = (f"{right[0]},{right[1]}", f'"{right[2]} ; {right[3]}"', f"{right[0]}\\1.2.3")
    path.write_text(HEADER + "".join(line(f"2026-11-20 1{n}:00", uid=cell) for n, cell in enumerate(cells)))
    answer = planned.must("measure", "jobs", str(path)).answer
    assert (answer["jobs"], answer["sendings"], answer["studies"], answer["sent"]) == (3, 6, 4, 5)
    told = listed(tmp_path, HEADER + line(uid="1.2.3, geen"))
    assert problems(told) == ["study-unreadable"]
    assert told.jobs[0].study_instance_uids == ("1.2.3",)


@pytest.mark.parametrize(
    "cell",
    [
        "['1.2.3', '1.2.4']", '"[""1.2.3"", ""1.2.4""]"', "[1.2.3,1.2.4]", "1.2.3\\1.2.4", "('1.2.3', '1.2.4')",
        "{1.2.3} <1.2.4>", "1.2.3/1.2.4", '"1.2.3\n1.2.4"',
    ],
)  # fmt: skip
def test_several_studies_stand_in_a_cell_as_programs_write_lists(tmp_path: Path, cell: str) -> None:
    found = listed(tmp_path, HEADER + line(uid=cell))
    assert [job.study_instance_uids for job in found.jobs] == [("1.2.3", "1.2.4")]
    assert problems(found) == []
    numbers = listed(tmp_path, HEADER + line(uid="", number="['A 1', 'A 2']"))
    assert numbers.jobs[0].accession_numbers == ("A 1", "A 2")


def test_a_uid_that_was_cut_off_is_none(tmp_path: Path) -> None:
    for cell in ("1.2.3.", "1.2.3…", "1.2.3*"):
        assert listed(tmp_path, HEADER + line(uid=cell)).jobs[0].study_instance_uids == ()


@pytest.mark.parametrize("state", ["AFGEROND", "afgerond.", " Af-gerond "])
@pytest.mark.parametrize("kind", ["DICOM-Send", "dicom  send", "DICOM_SEND", "DicomSend"])
def test_blanks_hyphens_and_capitals_make_no_other_word(tmp_path: Path, state: str, kind: str) -> None:
    found = listed(tmp_path, HEADER + line(state=state, kind=kind))
    assert [(job.state, job.type) for job in found.jobs] == [(JobState.FINISHED, JobType.DICOM)]
    mixed = ListWords({"finished": ("OK",), "failed": ("OK!",), "waiting": ("?",)})
    assert [mixed.meaning(word) for word in ("OK", "OK!", "ok", "??", "?")] == ["finished", "failed", "", "", "waiting"]


def test_of_two_lines_of_one_job_the_one_further_on_counts_where_a_time_cannot_be_read(tmp_path: Path) -> None:
    head = "time;job;state;study_instance_uid\n"
    for times in (("2026-11-20 10:00", "gisteren"), ("gisteren", "2026-11-20 10:00")):
        lines = [f"{time};7;{state};1.2\n" for time, state in zip(times, ("Wachten", "Afgerond"), strict=True)]
        for order in (lines, lines[::-1]):
            assert [job.state.value for job in listed(tmp_path, head + "".join(order)).jobs] == ["finished"]


def test_one_job_over_several_lines_counts_as_it_ended(tmp_path: Path) -> None:
    head = "time;job;state;study_instance_uid\n"
    lines = "2026-11-20 10:00;7;Wachten;1.2\n2026-11-20 10:05;7;Afgerond;1.2\n2026-11-20 10:02;7;Mislukt;1.2\n"
    found = listed(tmp_path, head + lines + "2026-11-20 10:00;8;Wachten;1.2\n")
    assert [(job.line, job.state.value) for job in found.jobs] == [(3, "finished"), (5, "waiting")]
    assert problems(found) == ["earlier-row"] * 2
    assert found.absent == ("type", "accession_number", "destination", "reason")


def test_a_line_with_cells_too_many_is_told(tmp_path: Path) -> None:
    found = listed(tmp_path, HEADER + line() + line(uid="1.3").replace("\n", ";extra;cells\n"))
    assert problems(found) == ["row-width"]
    assert len(found.jobs) == 1


def test_only_the_period_that_was_asked_for_counts(planned: Workplace, tmp_path: Path) -> None:
    text = HEADER + line("2026-10-31 23:59", uid="1.1") + line("2026-11-01 00:00", uid="1.2") + line("gisteren")
    found = listed(tmp_path, text, period=Period(date(2026, 11, 1), date(2026, 11, 30)))
    assert [job.study_instance_uids for job in found.jobs] == [("1.2",)]
    assert (found.outside, problems(found)) == (2, ["time-unreadable"])
    path = tmp_path / "recent.csv"
    today = date.today()  # noqa: DTZ011 - as the command's own clock, in the machine's zone
    days = [today - timedelta(days=ago) for ago in (0, 13, 14)]
    path.write_text(HEADER + "".join(line(f"{day} 00:30", uid=f"1.{n + 1}") for n, day in enumerate(days)))
    answer = planned.must("measure", "jobs", str(path), "--last", "2w").answer
    assert (answer["jobs"], answer["period"]["outside"]) == (2, 1)
    assert planned.must("measure", "jobs", str(path), "--from", f"{days[2]}", "--to", f"{days[2]}").answer["jobs"] == 1
    assert planned.must("measure", "jobs", str(path), "--last", "9999y").answer["jobs"] == 3
    for words in (("--last", "2 weeks"), ("--last", "2w", "--from", "2026-01-01")):
        assert planned.json("measure", "jobs", str(path), *words).code == 64


def test_the_archive_is_asked_for_exactly_what_was_never_surveyed(place: Workplace, tmp_path: Path) -> None:
    studies = place.hospital.studies
    unknown = Workplace(folder=tmp_path / "new", hospital=place.hospital, port=place.port)
    unknown.folder.mkdir()
    unknown.configure()
    unknown.must("init", "--dir", str(unknown.folder))
    path = tmp_path / "jobs.csv"
    path.write_text(HEADER + line(uid=studies[0].study_instance_uid) + line(uid="1.2.3.404"))
    with place.archive():
        answer = unknown.must("measure", "jobs", str(path), "--survey-missing").answer
    assert answer["survey_missing"]["asked"] == 2
    assert answer["survey_missing"]["found"] == 1
    assert answer["not_judged"] == {"study-unknown": 1}
    with unknown.session(exclusive=False) as work:
        assert len(list(work.ledger.census())) == 1, "no other study was asked for"


PROPOSED = (
    "Overzicht verzonden opdrachten\n\nTijdstip\tStatus\tType\tStudyInstanceUID\tBestemming\tFoutmelding\tKleur\n"
)


def test_a_job_without_a_readable_time_is_not_credited_with_a_correction(place: Workplace, tmp_path: Path) -> None:
    uid = place.planned()[0].study_instance_uid
    with place.archive():
        place.must("execute", place.plan, "--now")
    path = tmp_path / "jobs.csv"
    path.write_text(HEADER + line("gisteren", uid=uid))
    answer = place.must("measure", "jobs", str(path)).answer
    assert (answer["sent"], answer["correct"], answer["not_judged"]) == (1, 0, {"job-time-unknown": 1})
    assert answer["reached"] is None
    path.write_text(HEADER + line("2025-10-26 02:30", uid=uid))  # whichever of the two it was, it was before
    answer = place.must("measure", "jobs", str(path)).answer
    assert (answer["sent"], answer["wrong"], answer["not_judged"]) == (1, {"corrected-afterwards": 1}, {})


def test_a_correction_in_the_hour_that_the_clock_showed_twice_leaves_it_unknown(tmp_path: Path) -> None:
    listing = listed(tmp_path, HEADER + line("2025-10-26 02:30") + line("2025-10-26 03:30"))
    between, first = datetime(2025, 10, 26, 1, 0, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC)
    over_time = Moments(
        first_seen=first, last_seen=between, same_since=first, found="missing", corrections=((between, True),)
    )
    row = CensusRow(State.VERIFIED, "", "2025", ("CT",), "", "", "", found="missing")
    census = Mock(by_accession=lambda _: {}, standings=lambda _: {"1.2": row}, moments=lambda _: {"1.2": over_time})
    judge = Mock(registry=Mock(patients=lambda: 1))
    found = measure_jobs(listing, census=census, studies=Mock(studies_named=lambda _: []), judge=judge)
    assert [one.found.category for (one,) in found.sendings.values()] == ["job-time-unknown", "corrected"]


def test_a_list_tells_how_it_is_read(planned: Workplace, tmp_path: Path) -> None:
    path = tmp_path / "gateway.csv"
    rows = (
        "25-11-2026 10:00:05\tAfgerond\tDICOM Send\t1.2\tNoord\t\trood\n"
        "26-11-2026 10:00:05\tGepauzeerd\tDICOM E-Mail\t1.3\tNoord\tvol\tblauw\n"
        "03-11-2026 10:00:05\tMislukt\tFax\t1.4\tNoord\té\tblauw\n"
    )
    path.write_bytes((PROPOSED + rows).encode("cp1252"))
    answer = planned.must("measure", "jobs", "--propose", str(path)).answer
    assert (answer["delimiter"], answer["encoding"], answer["header_line"]) == ("\t", "cp1252", 3)
    assert answer["columns"] == {
        "time": "Tijdstip", "type": "Type", "state": "Status", "study_instance_uid": "StudyInstanceUID",
        "destination": "Bestemming", "reason": "Foutmelding",
    }  # fmt: skip
    assert answer["time_formats"] == ["%d-%m-%Y %H:%M:%S"]
    assert answer["unknown_states"] == ["Gepauzeerd"]
    assert answer["unknown_types"] == ["Fax"]
    said = planned.run("measure", "jobs", "--propose", str(path)).out
    settings = yaml.safe_load(said)["measure"]["jobs"]
    found = read_job_list(path, JobListSettings(**settings), today=TODAY)
    assert [job.state.value for job in found.jobs] == ["finished", "unknown", "failed"]
    assert planned.json("measure", "jobs").code == 64
    assert planned.json("measure", "jobs", str(path), "--propose", str(path)).code == 64


@pytest.mark.parametrize(
    ("times", "forms", "unread"),
    [
        ([f"{day:02d}-11-2026 10:00" for day in range(1, 32)], ["%d-%m-%Y %H:%M"], 1),
        (["2026-11-20 10:00:00", "20-11-2026 10:00"], ["%Y-%m-%d %H:%M:%S", "%d-%m-%Y %H:%M"], 0),
        (["2026-11-20T10:00:00+01:00", "2026-11-21T10:00:00Z"], ["%Y-%m-%dT%H:%M:%S%z"], 0),
        (["20-11-2026 10:00:00.123", "00-00-0000 00:00:00.0"], ["%d-%m-%Y %H:%M:%S.%f"], 1),
        (["30-02-2026 10:00", "gisteren"], [], 2),
    ],
)
def test_a_list_with_impossible_times_still_tells_its_form(
    tmp_path: Path, times: list[str], forms: list[str], unread: int
) -> None:
    path = tmp_path / "gateway.csv"
    path.write_text("Datum;Status;Accessienummer\n" + "".join(f"{one};Afgerond;A{one}\n" for one in times))
    found = propose(path)
    assert (list(found.time_formats), found.times_unread, found.time_choices) == (forms, unread, ())
    assert list(JobListSettings(time_formats=tuple(forms)).time_formats) == forms, "what is proposed is taken"
    assert (str(unread) + " times" in section(found, path.name)) == bool(unread and forms)


def test_the_order_of_day_and_month_is_not_guessed(planned: Workplace, tmp_path: Path) -> None:
    path = tmp_path / "gateway.csv"
    path.write_text("Datum;Status;Accessienummer\n03-11-2026 10:00;Afgerond;A1\n04-11-2026 10:00;Afgerond;A2\n")
    said = planned.run("measure", "jobs", "--propose", str(path)).out
    assert "NEEDED" in said
    assert yaml.safe_load(said)["measure"]["jobs"].get("time_formats") is None


PERSONAL = (
    "JANSEN^JAN 19530412", "jan.jansen@ziekenhuis.example", "VAN DER BERG^PIET JAN", "Mevr. de Vries-Bakker",
    "J. de Vries", "Jansen, Jan", "Jansen 1234567", "Jansen 12-04-1953", "12 april 1953", "Dhr Jansen", "123456",
    "van den Berg, P.", "Jansen <jan@x.example>", "19530412", "9999 12 345", "dr. Jansen",
    "999_911_120", "999–911–120", "mw. jansen", "Fam. Jansen", "familie jansen", "pt. Bakker",
    "Ziekenhuis Oost, Jansen, Jan", "Afdeling Radiologie Jansen, Jan", "Jan Jansen", "Fatima El Amrani", "Jan Hoorn",
    "dr. Jansen, Ziekenhuis Oost", "M.C. Jansen", "Bakker , Anna", "Bakker_Anna", "bakker.anna", "Zuster Bakker",
    "Bakker (Mw)", "pat Bakker", "Ir. Bakker", "dochter van Jansen", "1953-apr-12", "12-4-'53", "Jansen (geb. 1953)",
    "jan%40zbc.example", "Z" * 100_000, "Piet v.d. Berg", "P. vd Berg", "Piet v/d Berg", "Baby Jansen",
    "Kind van Jansen",
    "weduwe Jansen", "Vries de, Jan", "April 12, 1953", "Piet v. Dam",
)  # fmt: skip
HARMLESS = (
    "Ziekenhuis Noord", "Erasmus MC, Radiologie", "PACS_NOORD", "St. Antonius Ziekenhuis", "CT 64", "DR1",
    "UMC Utrecht", "Huisartsenpost", "Zorg & Zn", "MR Unit 1", "PT Scan", "Ziekenhuis Oost, locatie Haven", "ST12",
    "=Oost", "St Jansdal, Harderwijk", "ST JANSDAL, HARDERWIJK", "Dr. Sarphati Huis", "Dr. Sarphatihuis",
    "Isala, Zwolle", "Diakonessenhuis, Zeist", "Haga, Den Haag", "IJsselland, Capelle aan den IJssel",
    "JBZ, 's-Hertogenbosch", "Jeroen Bosch", "Jeroen Bosch, Den Bosch",
    "Antoni van Leeuwenhoek, Amsterdam", "OLVG, Oost",
    "HMC, Westeinde",
    "Sint Franciscus, Vlietland", "St. Anna, Geldrop", "O.L. Vrouwe Gasthuis", "O.L.V.G.", "M.C. Leeuwarden",
    "H. Hart Ziekenhuis", "Prof. Dr. Gravestein Kliniek", "Zorggroep Dr. Leijer", "Catharina Eindhoven",
    "Kind en Ziekenhuis", "Vrouw Kind Centrum", "Willem Alexander Ziekenhuis", "Sophia Revalidatie, Delft",
)  # fmt: skip


NOBODY = {
    "mevr.",
    "april",
    "baby",
    "kind",
    "weduwe",
    "fam.",
    "familie",
    "dochter",
    "ziekenhuis",
    "oost",
    "afdeling",
    "radiologie",
}


@pytest.mark.parametrize("text", PERSONAL)
def test_a_destination_in_which_somebody_may_stand_is_not_shown(text: str) -> None:
    assert shown_name(text) == MASKED
    hidden = shown_reason(f"Refused for {text}")
    assert len(hidden) <= 80
    for part in text.replace(",", " ").replace("^", " ").replace("<", " ").split():
        if len(part) > 3 and part.casefold() not in NOBODY:
            assert part not in hidden


@pytest.mark.parametrize("unit", ["Van ", "van de ", "A ", "Dr. ", "Aa, ", "Jan van de ", "'t "])
def test_no_row_of_words_is_read_in_millions_of_ways(unit: str) -> None:
    """One such destination held a measurement for good."""
    text = (unit * 500)[:499]
    assert len(shown_name(text)) <= 80
    assert len(shown_reason(text)) <= 80


def test_a_name_in_small_letters_is_hidden_where_a_name_is_asked_for() -> None:
    """In a sentence nothing tells it from other words."""
    assert shown_name("jansen, jan") == MASKED
    assert shown_reason("refused, retry") == "refused, retry"


@pytest.mark.parametrize("text", HARMLESS)
def test_the_name_of_a_place_is_shown(text: str) -> None:
    assert shown_name(text) == text
    assert shown_reason(f"No connection with {text}") == f"No connection with {text}"


def test_a_destination_counts_under_the_address_books_name(planned: Workplace, tmp_path: Path) -> None:
    book = tmp_path / "book.csv"
    book.write_text("institution;email;aliases\nKliniek Zuid;pacs@zuid.example;ZUID_PACS|J. Jansen, Kliniek Zuid\n")
    planned.configure(measure={"address_book": str(book)})
    path = tmp_path / "jobs.csv"
    places = ("pacs@zuid.example", "ZUID_PACS", "J. Jansen, Kliniek Zuid", "JANSEN^JAN 19530412", "Noord")
    path.write_text(HEADER + "".join(line(uid=f"1.2.{n}", to=place) for n, place in enumerate(places)))
    answer = planned.must("measure", "jobs", str(path)).answer
    finished = {name: group["finished"] for name, group in answer["by"]["destination"].items()}
    assert finished == {"Kliniek Zuid": 3, MASKED: 1, "Noord": 1}
    assert "(afgeschermd)" in planned.run("measure", "jobs", str(path), "--full", "--lang", "nl").out
