"""The gateway's job list against what really happened; every line counts or is named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from remediate.config.measure import JobListSettings
from remediate.demo.hospital import Study, build_hospital
from remediate.demo.sent_jobs import BAD_LINES, SentJob, sent_jobs, write_sent_jobs
from remediate.errors import UsageError
from remediate.measure.job_list import JobState, read_job_list
from remediate.measure.moments import at_moment
from remediate.measure.reasons import MeasureReason
from remediate.records.measurements import CensusRow, Moments
from remediate.records.states import State
from tests.leaks import Secrets, leaks_in, leaks_under
from tests.measured_hospital import CORRECT, EXCEPTED, planned_place, truth_of
from tests.workplace import Workplace

UNTIL = datetime(2026, 3, 6, 16, 0)  # noqa: DTZ001 - wall-clock time, as in the list
HEADER = "time;type;state;study_instance_uid;accession_number;destination;reason\n"


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """A surveyed and planned hospital of which nothing was corrected."""
    return planned_place(tmp_path_factory.mktemp("jobs"), build_hospital(40))


@pytest.fixture(scope="module")
def jobs(planned: Workplace) -> tuple[SentJob, ...]:
    return sent_jobs(planned.hospital, until=UNTIL)


def week(job: SentJob) -> str:
    year, number, _ = job.at.isocalendar()
    return f"{year}-W{number:02d}"


def distinct(studies: Iterable[Study]) -> int:
    """How many different studies."""
    return len({study.study_instance_uid for study in studies})


def test_every_job_counts_as_it_happened(planned: Workplace, jobs: tuple[SentJob, ...], tmp_path: Path) -> None:
    path = write_sent_jobs(jobs, tmp_path / "jobs.csv")
    answer = planned.must("measure", "jobs", str(path)).answer
    finished = [job for job in jobs if job.outcome == "finished"]
    # Of the bad lines one is finished, readable but for its time, and repeats the last study.
    judged = [job.study for job in (*finished, jobs[-1]) if truth_of(job.study) != EXCEPTED]
    assert answer["studies"] == distinct(judged)
    assert answer["correct"] == distinct(study for study in judged if truth_of(study) == CORRECT)
    excepted = [job.study for job in (*finished, jobs[-1]) if truth_of(job.study) == EXCEPTED]
    assert sum(answer["exceptions"].values()) == distinct(excepted)
    assert answer["sendings"] == len(judged) + len(excepted) + 3, "three lines name a study that nobody knows, or none"
    assert (answer["sent"], answer["unjudged"]) == (distinct(judged) + 3, 3)
    assert answer["failures"] == dict(Counter(job.reason for job in jobs if job.outcome == "failed"))
    assert (answer["lines"], answer["jobs"]) == (len(jobs) + BAD_LINES, len(jobs) + BAD_LINES - 1)
    by_week = answer["by"]["week"]
    for name, group in by_week.items():
        if name not in ("undated", week(jobs[-1])):
            here = [job for job in jobs if week(job) == name]
            assert group["finished"] == sum(job.outcome == "finished" for job in here)
            assert group["failed"] == sum(job.outcome == "failed" for job in here)
            went = [job.study for job in here if job.outcome == "finished"]
            assert group["correct"] == distinct(study for study in went if truth_of(study) == CORRECT)
    for place, group in answer["by"]["destination"].items():
        here = [job for job in (*finished, jobs[-1]) if job.destination == place]
        assert group["studies"] == distinct(job.study for job in here if truth_of(job.study) != EXCEPTED)
    assert {"dicom", "email"} == set(answer["by"]["type"])


def test_an_empty_week_is_told(planned: Workplace, jobs: tuple[SentJob, ...], tmp_path: Path) -> None:
    answer = planned.must("measure", "jobs", str(write_sent_jobs(jobs, tmp_path / "jobs.csv"))).answer
    weeks = {week(job) for job in jobs}
    empty = [name for name, group in answer["by"]["week"].items() if not sum(group[s.value] for s in JobState)]
    assert answer["period"]["empty_weeks"] == len(empty) == 1
    assert not set(empty) & weeks
    assert answer["by"]["week"][empty[0]]["share"] is None


def test_every_bad_line_is_named_with_its_number(planned: Workplace, jobs: tuple[SentJob, ...], tmp_path: Path) -> None:
    answer = planned.must("measure", "jobs", str(write_sent_jobs(jobs, tmp_path / "jobs.csv"))).answer
    first = len(jobs) + 2
    assert {reason: found["lines"] for reason, found in answer["problems"].items()} == {
        "state-unknown": [first],
        "time-unreadable": [first + 1],
        "study-unknown": [first + 2, first + 4],
        "no-study": [first + 3],
        "row-width": [first + 5],
    }
    assert answer["problems"]["state-unknown"]["words"] == {"paused by operator": 1}
    assert answer["unknown"] == 1


def test_a_study_counts_as_it_was_when_it_was_sent() -> None:
    def found(state: State, at: datetime | None, *corrections: tuple[datetime, bool]) -> str:
        row, day = CensusRow(state, "read-back", "2020", ("CT",), "", "", ""), datetime(2026, 1, 1, tzinfo=UTC)
        known = Moments(first_seen=day, last_seen=day, same_since=day, found="", corrections=corrections)
        return str(at_moment(row, known, at)[0])

    noon = datetime(2026, 1, 5, 12, tzinfo=UTC)
    hour = timedelta(hours=1)
    corrected = (noon, True)
    assert found(State.VERIFIED, noon + hour, corrected) == "corrected"
    assert found(State.VERIFIED, noon, corrected) == "corrected"
    assert found(State.VERIFIED, noon - hour, corrected) == "misplaced"
    assert found(State.VERIFIED, None, corrected) == "corrected"
    put_back = (noon + 2 * hour, False)
    assert found(State.ROLLED_BACK, noon + hour, corrected, put_back) == "corrected"
    assert found(State.ROLLED_BACK, noon + 3 * hour, corrected, put_back) == "set-aside"
    assert found(State.CORRECT, noon - hour) == "correct"


def read(tmp_path: Path, text: str, **settings: object) -> list[tuple[str, str]]:
    """State and problem words of a list, for the tests of single lines."""
    path = tmp_path / "list.csv"
    path.write_text(text, encoding="utf-8")
    listed = read_job_list(path, JobListSettings(**settings), today=date(2026, 11, 28))  # type: ignore[arg-type]
    return [(one.reason.value, one.word) for one in listed.problems]


def test_a_time_that_two_formats_read_differently_is_not_guessed(tmp_path: Path) -> None:
    line = "05-04-2026 10:00;DICOM;finished;1.2;;Noord;\n"
    both = ("%d-%m-%Y %H:%M", "%m-%d-%Y %H:%M")
    assert read(tmp_path, HEADER + line, time_formats=both) == [(MeasureReason.TIME_AMBIGUOUS.value, "")]
    assert read(tmp_path, HEADER + line.replace("05-04", "25-04"), time_formats=both) == []
    assert read(tmp_path, HEADER + line, time_formats=both[:1]) == []


def test_words_are_configured_and_capitals_do_not_matter(tmp_path: Path) -> None:
    line = "2026-04-05 10:00;Versturen;GELUKT;1.2;;Noord;\n"
    assert [reason for reason, _ in read(tmp_path, HEADER + line)] == ["type-unknown", "state-unknown"] or [
        reason for reason, _ in read(tmp_path, HEADER + line)
    ] == ["state-unknown", "type-unknown"]
    words = {"types": {"dicom": ["versturen"]}, "states": {"finished": ["Gelukt"]}}
    assert read(tmp_path, HEADER + line, **words) == []


def test_a_line_that_stands_there_twice_counts_once(tmp_path: Path) -> None:
    line = "2026-04-05 10:00;DICOM;finished;1.2;;Noord;\n"
    assert read(tmp_path, HEADER + line + line) == [(MeasureReason.DUPLICATE_ROW.value, "")]


@pytest.mark.parametrize(
    ("header", "named"),
    [
        ("time;state\n", "study_instance_uid or accession_number"),
        ("state;study_instance_uid\n", "time"),
        ("time;study_instance_uid\n", "state"),
        ("", "time"),
        ("time,state,study_instance_uid\n", "time"),
    ],
)
def test_a_list_without_the_needed_columns_is_refused_by_name(tmp_path: Path, header: str, named: str) -> None:
    with pytest.raises(UsageError, match=named):
        read(tmp_path, header)


def test_columns_may_have_other_names_and_others_may_be_absent(planned: Workplace, tmp_path: Path) -> None:
    study = planned.hospital.studies[1]
    path = tmp_path / "list.csv"
    path.write_text(f"Tijd,Status,Accessie\n05-04-2026 10:00,voltooid,ACC{study.frame.number:06d}\n")
    planned.configure(
        measure={
            "jobs": {
                "delimiter": ",",
                "columns": {"time": "Tijd", "state": "Status", "accession_number": "Accessie", "reason": "Reden"},
            }
        }
    )
    answer = planned.must("measure", "jobs", str(path)).answer
    assert answer["studies"] + sum(answer["exceptions"].values()) == 1
    assert answer["absent_columns"] == ["reason"]
    assert set(answer["by"]["destination"]) == {"unknown"}


def test_a_list_that_cannot_be_read_is_one_line(planned: Workplace, tmp_path: Path) -> None:
    (tmp_path / "latin.csv").write_bytes("tijd;status;ünïcode\n".encode("latin-1"))
    for name in ("absent.csv", "latin.csv"):
        ran = planned.json("measure", "jobs", str(tmp_path / name))
        assert ran.code in (1, 64)
        assert name in ran.one_line


def test_an_empty_list_says_that_the_denominator_is_empty(planned: Workplace, tmp_path: Path) -> None:
    path = tmp_path / "empty.csv"
    path.write_text(HEADER)
    planned.configure(
        measure={"jobs": {"delimiter": ";", "columns": {name: name for name in HEADER.strip().split(";")}}}
    )
    answer = planned.must("measure", "jobs", str(path)).answer
    assert (answer["studies"], answer["share"], answer["reached"]) == (0, None, None)
    assert "denominator is empty" in planned.run("measure", "jobs", str(path)).out


def test_no_bsn_or_name_of_the_list_comes_out_again(planned: Workplace, tmp_path: Path) -> None:
    person = next(one for one in planned.hospital.people if one.bsn)
    spaced = f"{person.bsn[:4]} {person.bsn[4:6]} {person.bsn[6:]}"
    lines = "".join(
        f"2026-04-05 10:00;{word};{word};1.2.3;{person.bsn};Naar {person.bsn};{word} {person.name.surname}^X mislukt\n"
        for word in (person.bsn, f"BSN{person.bsn}", spaced)
    )
    failed = f"2026-04-06 10:00;DICOM;failed;1.2.3;;Noord;Patient {spaced} {person.name.surname}^Y unknown\n"
    path = tmp_path / "jobs.csv"
    path.write_text(HEADER + lines + failed, encoding="utf-8")
    secrets = Secrets.of(planned.hospital)
    for ran in (planned.json("measure", "jobs", str(path)), planned.run("measure", "jobs", str(path))):
        assert ran.code == 0
        assert list(leaks_in((ran.out + ran.err).encode(), "measure jobs", secrets)) == []
        assert spaced not in ran.out
    assert list(leaks_under(planned.folder / "measurements", secrets)) == []
