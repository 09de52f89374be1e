"""Lists of the bureau: what officers choose from, what waits, and what was found wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from contracts import review as calls
from contracts.errors import AppError
from contracts.moments import SHANGHAI
from review.service import handlers_of


@pytest.mark.parametrize(
    ("kind", "first", "last", "count"),
    [("opinion", "O11", "O41", 12), ("reject", "R01", "R99", 16), ("photo_verdict", "V01", "V99", 14)],
)
def test_a_list_is_told_whole_and_in_its_order(
    desk: Any, kind: Any, first: str, last: str, count: int
) -> None:
    items = desk.ask("acceptance", calls.ListReasons(kind_of_list=kind)).items
    assert (items[0].code, items[-1].code, len(items)) == (first, last, count)


def test_a_phrase_says_for_which_step_and_outcome_it_is(desk: Any) -> None:
    items = desk.ask("examination", calls.ListReasons(kind_of_list="opinion")).items
    mine = [each.text for each in items if (each.step, each.outcome) == ("examination", "pass")]
    assert mine == [
        "经审核，申报信息与材料一致，同意报审批。",
        "经审核，除已剔除的气瓶外符合登记条件，同意报审批。",
    ]


def test_who_is_no_reader_gets_no_list(desk: Any) -> None:
    with pytest.raises(AppError) as refusal:
        desk.ask("importer", calls.ListReasons(kind_of_list="reject"))
    assert refusal.value.code == "FORBIDDEN"


def at(desk: Any, moment: datetime) -> Any:
    """The same desk at another time."""
    tools = replace(desk.tools, now=lambda: moment)
    return replace(desk, tools=tools, handlers=handlers_of(tools))


def test_the_bureau_sees_what_waits_at_every_step(desk: Any) -> None:
    desk.submitted()
    accepted = desk.reviewed()
    desk.ask("acceptance", desk.decision(accepted, "acceptance"))
    todos = desk.ask("examination", calls.GetTodos())
    assert [(line.step, line.count) for line in todos.items] == [("examination", 1)]
    assert [(line.step, line.count) for line in todos.authority] == [
        ("acceptance", 1), ("examination", 1), ("approval", 0), ("issue", 0),
    ]  # fmt: skip
    assert [line.count for line in desk.ask("stranger", calls.GetTodos()).authority] == [0, 0, 0, 0]


def test_what_ends_today_and_what_is_late_is_counted(desk: Any) -> None:
    desk.submitted()
    last_day = at(desk, datetime(2026, 12, 1, 16, 0, tzinfo=SHANGHAI))
    line = last_day.ask("acceptance", calls.GetTodos()).items[0]
    assert (line.count, line.overdue, line.due_today) == (1, 0, 1)
    assert last_day.ask("acceptance", calls.ListTasks(step="acceptance", due="today")).total == 1
    assert last_day.ask("acceptance", calls.ListTasks(step="acceptance", due="overdue")).total == 0
    later = at(desk, datetime(2026, 12, 3, 9, 0, tzinfo=SHANGHAI))
    line = later.ask("acceptance", calls.GetTodos()).items[0]
    assert (line.count, line.overdue, line.due_today) == (1, 1, 0)
    task = later.ask("acceptance", calls.ListTasks(step="acceptance", due="overdue")).items[0]
    assert (task.clock.workdays, task.clock.used, task.clock.overdue) == (5, 7, True)


def test_a_running_clock_is_told_in_working_days(desk: Any) -> None:
    application = desk.submitted()
    third = at(desk, datetime(2026, 11, 26, 9, 0, tzinfo=SHANGHAI))
    clock = third.ask("unit", calls.GetTimeline(application_id=application.id)).clock
    assert (clock.workdays, clock.used, clock.overdue) == (5, 2, False)
    assert clock.started_at - application.submitted_at < timedelta(seconds=1)
    draft = desk.draft()
    assert desk.ask("unit", calls.GetTimeline(application_id=draft.id)).clock is None


def test_a_task_says_how_much_of_its_photos_was_seen(desk: Any) -> None:
    application = desk.submitted()

    def task() -> Any:
        return desk.ask("acceptance", calls.ListTasks(step="acceptance")).items[0]

    assert (task().reviewed, task().review_completed, task().variety_group) == (None, False, "2320")
    desk.prepare(application, 13)
    assert task().reviewed == 0
    assert desk.ask("acceptance", calls.GetTodos()).reviews.count == 0
    desk.save(application, 3)
    assert task().reviewed == 1
    desk.save(application, 1)
    assert task().reviewed == 7
    state = desk.ask("municipal", calls.GetReview(application_id=application.id))
    assert (state.cylinders, state.photos, state.reviewed) == (13, 26, 7)
    reviews = desk.ask("acceptance", calls.GetTodos()).reviews
    assert (reviews.count, reviews.reviewed, reviews.cylinders) == (1, 7, 13)
    assert desk.ask("issue", calls.GetTodos()).reviews.count == 0


def test_a_list_is_searched_by_unit_number_and_variety(desk: Any) -> None:
    application = desk.submitted()
    for found in ("示例气体", application.application_no[-6:].lower()):
        for call in (calls.ListTasks(step="acceptance", search=found), calls.ListApplications(search=found)):
            assert [each.application_no for each in desk.ask("acceptance", call).items] == [
                application.application_no
            ]
    for other in ("%", "别的单位"):
        assert desk.ask("acceptance", calls.ListTasks(step="acceptance", search=other)).total == 0
    assert desk.ask("acceptance", calls.ListApplications(variety_group="2310")).total == 0
    assert desk.ask("acceptance", calls.ListApplications(variety_group="2320")).items[0].cylinders == 7


def test_wrong_cylinders_are_listed_once_with_page_and_reason(desk: Any) -> None:
    application = desk.ready(8)
    note = calls.WrongPhoto(photo_id="s2", reason_code="V99", note="钢印为别的编号")
    desk.save(application, 1, [calls.WrongPhoto(photo_id="cert", reason_code="V07", cylinder_id="c2"), note])
    desk.save(application, 2, [calls.WrongPhoto(photo_id="s7", reason_code="V09")])
    wanted = calls.ListWrongCylinders(application_id=application.id, limit=1)
    first = desk.ask("municipal", wanted)
    assert (first.total, first.items[0].serial_no, first.items[0].page) == (2, "N2", 1)
    assert (first.items[0].reason_code, first.items[0].note) == ("V99", "钢印为别的编号")
    second = desk.ask("acceptance", wanted.model_copy(update={"cursor": first.next_cursor}))
    assert (second.items[0].serial_no, second.items[0].page, second.next_cursor) == ("N7", 2, None)
    assert second.items[0].reason.startswith("照片模糊")
    assert desk.ask("unit", wanted).items == []
    assert desk.refused("stranger", wanted).code == "NOT_FOUND"


def test_a_unit_is_told_the_wrong_cylinders_once_it_is_accepted(desk: Any) -> None:
    application = desk.reviewed(wrong=("s0",))
    wanted = calls.ListWrongCylinders(application_id=application.id)
    assert desk.ask("unit", wanted).total == 0
    desk.ask("acceptance", desk.decision(application, "acceptance"))
    assert [each.cylinder_id for each in desk.ask("unit", wanted).items] == ["c0"]


def test_the_submitted_form_is_masked(desk: Any) -> None:
    application = desk.submitted()
    form = desk.ask("acceptance", calls.GetSubmittedForm(application_id=application.id))
    assert (form.unit_name, form.credit_code) == ("示例气体有限公司", "91500103MA5EXAMPL1")
    officer = form.safety_officers[0]
    assert (officer.name, officer.mobile, form.filled_by) == ("示*", "138****0000", "示*")
    assert (form.landline, form.filled_on) == ("023-****0000", "2026-11-24")
    assert desk.refused("stranger", calls.GetSubmittedForm(application_id=application.id)).code == "NOT_FOUND"
    draft = desk.draft()
    assert desk.refused("acceptance", calls.GetSubmittedForm(application_id=draft.id)).code == "NOT_FOUND"


def test_the_same_person_is_told_before_the_button_is_pressed(desk: Any) -> None:
    application = desk.reviewed()
    asked = calls.GetApplication(application_id=application.id)
    assert desk.ask("all-steps", asked).same_person == ""
    desk.ask("all-steps", desk.decision(application, "acceptance"))
    assert desk.ask("all-steps", asked).same_person == "您已办理本申请的受理，审核须由其他人员办理。"
    assert desk.ask("examination", asked).same_person == ""
    assert desk.ask("issue", asked).same_person == ""
