"""The misbehaviour matrix: in every row nothing is lost, the ledger tells the truth, and one line tells a person."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from remediate.demo.hospital import build_hospital
from tests.night.misbehaving import Told, perform, perform_survey
from tests.night.misbehaviour import EXECUTE_ROWS, SURVEY_ROWS, Mode, Row, SurveyRow
from tests.workplace import Workplace, free_port, new_workplace, shared_workplace

STUDIES = 2


def params() -> list[object]:
    """Each row by C-GET, every other one by C-MOVE; what is not in every run is marked for the soak."""
    found: list[object] = []
    for row in EXECUTE_ROWS:
        for mode in row.modes:
            marks = [] if row.always and mode is Mode.GET else [pytest.mark.soak]
            found.append(pytest.param(row, mode, id=f"{row.name}-{mode}", marks=marks))
    return found


@pytest.fixture(scope="module")
def approved(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """Two planned studies: one meets the fault, the other shows whether work goes on."""
    return shared_workplace(tmp_path_factory.mktemp("approved"), STUDIES)


@pytest.fixture(scope="module")
def unsurveyed(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """A larger one before anything was asked of its archive."""
    return new_workplace(tmp_path_factory.mktemp("unsurveyed"), build_hospital(12), free_port())


@pytest.fixture
def told(record_property: Callable[[str, object], None]) -> Callable[[Told], None]:
    """Keeps a row for the table at the end of the run, and fails the test when something was not as it must be."""

    def tell(row: Told) -> None:
        record_property("misbehaviour", row.cells)
        assert row.wrong == ()

    return tell


@pytest.mark.parametrize(("row", "mode"), params())
def test_a_fault_during_execute(
    row: Row, mode: Mode, approved: Workplace, tmp_path: Path, told: Callable[[Told], None]
) -> None:
    told(perform(row, mode, approved, tmp_path / "place"))


@pytest.mark.parametrize(
    "row",
    [pytest.param(row, id=row.name, marks=[] if row.always else [pytest.mark.soak]) for row in SURVEY_ROWS],
)
def test_a_fault_during_survey(
    row: SurveyRow, unsurveyed: Workplace, tmp_path: Path, told: Callable[[Told], None]
) -> None:
    told(perform_survey(row, unsurveyed, tmp_path / "place"))
