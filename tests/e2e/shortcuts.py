"""Applications brought to a state by the shortest way, for tests that begin there."""

from __future__ import annotations

from tests.e2e import steps_bureau, steps_unit
from tests.e2e.checking import expect
from tests.e2e.importing import counts, import_workbook
from tests.e2e.journey import Journey
from tests.e2e.workbook import fill_in


def opened(journey: Journey) -> Journey:
    """A draft without cylinders; the template is at hand."""
    steps_unit.open_application(journey)
    steps_unit.download_template(journey)
    return journey


def imported(journey: Journey) -> Journey:
    """A draft with all cylinders of the journey."""
    opened(journey)
    state = import_workbook(journey.unit, journey.application_id, sheet(journey), journey.district)
    expect("the import", counts(state), ("finished", journey.count, 0, 0))
    steps_unit.remember_cylinders(journey)
    return journey


def submitted(journey: Journey) -> Journey:
    """With photos, and waiting for 受理."""
    imported(journey)
    for step in (steps_unit.photos, steps_unit.photos_ready, steps_unit.submit):
        step(journey)
    return journey


def accepted(journey: Journey) -> Journey:
    """Reviewed, one cylinder wrong, and accepted."""
    submitted(journey)
    steps_bureau.review(journey)
    steps_bureau.accept(journey)
    return journey


def sheet(journey: Journey) -> bytes:
    """The workbook of the journey without any fault."""
    return fill_in(journey.template, journey.batch.rows)
