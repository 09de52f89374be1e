"""The whole way of an application, from a draft to a certified one, with the real database and storage."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from chassis.tables import job
from contracts import certificate as certificates
from contracts import review as calls
from contracts.bulk import read_refused
from review.adapters import page_plan
from review.adapters.tables import decision, review_cylinder

WAY: tuple[tuple[calls.StepName, str], ...] = (
    ("acceptance", "accepted"),
    ("examination", "examined"),
    ("approval", "approved"),
)


def test_from_a_draft_to_a_certified_application(desk: Any, peers: Any) -> None:
    application = desk.submitted()
    assert (application.state, application.variety_group, application.authority_code) == (
        "submitted",
        "2320",
        "AU-500103",
    )
    assert application.deadline.isoformat() == "2026-12-01T23:59:59+08:00"  # five working days later
    assert desk.told("application.submitted")[0]["cylinders_version"] == 7
    desk.prepare(application)
    page = desk.ask("acceptance", calls.OpenReviewPage(application_id=application.id, page=1))
    assert [cylinder.id for cylinder in page.cylinders] == [f"c{i}" for i in range(6)]
    first = page.cylinders[0]
    assert (first.row, first.values["serial_no"], first.warnings) == (3, "N0", ["W12"])
    assert [(photo.id, photo.kind) for photo in first.photos] == [
        ("s0", "STAMP"),
        ("cert", "SUPERVISION_CERT"),
    ]
    assert first.photos[0].url.endswith("/s0")
    mark = calls.WrongPhoto(photo_id="s0", reason_code="V01")
    assert desk.save(application, 1, [mark]).wrong == 1
    assert desk.save(application, 2).seen == [1, 2]
    done = desk.ask("acceptance", calls.CompleteReview(application_id=application.id))
    assert (done.completed, done.wrong, done.pages) == (True, 1, 2)
    for step, state in WAY:
        assert desk.ask(step, calls.GetTodos()).items[0].count == 1
        task = desk.ask(step, calls.ListTasks(step=step)).items[0]
        assert (task.application_id, task.cylinders, task.overdue) == (application.id, 7, False)
        application = desk.ask(step, desk.decision(application, step))
        assert (application.state, application.refused) == (state, 1)
    issuing = desk.ask(
        "issue", calls.IssueCertificate(application_id=application.id, version=application.version)
    )
    wanted = next(asked for asked, _ in peers.asked if isinstance(asked, certificates.CreateCertificate))
    assert (wanted.count, wanted.refused_count, wanted.holder.handler) == (6, 1, "示例丁")
    desk.certified(application, issuing.certificate_id)
    last = desk.ask("unit", calls.GetApplication(application_id=application.id))
    assert (last.state, last.certificate_id, last.deadline) == ("certified", issuing.certificate_id, None)
    assert last.certificate_number == "瓶32渝A0300001(26)"
    timeline = desk.ask("unit", calls.GetTimeline(application_id=application.id))
    assert [entry.action for entry in timeline.entries] == [
        "open", "submit", "acceptance_pass", "examination_pass", "approval_pass", "issue_begun", "issue",
    ]  # fmt: skip


def test_a_verdict_changed_at_the_moment_of_the_decision_is_in_the_list(
    desk: Any, tools: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = desk.reviewed(wrong=("s0",))
    put, late = tools.storage.put, [calls.WrongPhoto(photo_id="s6", reason_code="V09")]

    def put_while_a_page_is_saved(*args: Any) -> Any:
        if late:
            desk.save(application, 2, [late.pop()], who="acceptance-2")
        return put(*args)

    monkeypatch.setattr(tools.storage, "put", put_while_a_page_is_saved)
    assert desk.ask("acceptance", desk.decision(application, "acceptance")).refused == 2
    accepted = desk.told("application.accepted")
    refused = read_refused(tools.storage.get(accepted[0]["refused"]["key"]))
    assert [one.cylinder_id for one in refused] == ["c0", "c6"]


def test_the_refused_list_lies_in_storage_before_it_is_claimed(desk: Any, tools: Any) -> None:
    application = desk.reviewed(wrong=("s0", "s3"))
    desk.ask("acceptance", desk.decision(application, "acceptance"))
    accepted = desk.told("application.accepted")[0]
    refused = read_refused(tools.storage.get(accepted["refused"]["key"]))
    assert [one.cylinder_id for one in refused] == ["c0", "c3"]
    assert refused[0].reason == "产品编号与钢印不一致"
    assert accepted["refused_count"] == 2


def test_a_shared_picture_marked_wrong_refuses_the_cylinders_of_its_page(desk: Any) -> None:
    application = desk.ready()
    assert desk.save(application, 1, [calls.WrongPhoto(photo_id="cert", reason_code="V08")]).wrong == 6
    only = calls.WrongPhoto(photo_id="cert", reason_code="V08", cylinder_id="c2")
    assert desk.save(application, 1, [only]).wrong == 1
    page = desk.ask("acceptance", calls.OpenReviewPage(application_id=application.id, page=1))
    verdicts = {cylinder.id: cylinder.photos[1].verdict for cylinder in page.cylinders}
    assert verdicts == {f"c{i}": "wrong" if i == 2 else "correct" for i in range(6)}
    assert (page.seen, page.version) == (True, 3)


def test_taken_back_and_submitted_again_the_review_begins_anew(desk: Any) -> None:
    application = desk.reviewed()
    back = desk.ask(
        "unit",
        calls.WithdrawApplication(application_id=application.id, version=application.version, keep=True),
    )
    assert (back.state, back.submitted_at, back.deadline) == ("draft", None, None)
    assert desk.told("application.reopened")[0]["attempt"] == 1
    assert desk.refused("acceptance", calls.GetApplication(application_id=application.id)).code == "NOT_FOUND"
    again = desk.ask("unit", desk.submission(back))
    assert desk.told("application.submitted")[1]["attempt"] == 2
    assert desk.refused("acceptance", calls.GetReview(application_id=application.id)).code == "PREPARING"
    desk.prepare(again, 3, attempt=2)
    review = desk.ask("acceptance", calls.GetReview(application_id=application.id))
    assert (review.pages, review.seen, review.wrong, review.completed) == (1, [], 0, False)


def test_a_snapshot_of_an_attempt_that_was_taken_back_is_passed_over(desk: Any) -> None:
    application = desk.submitted()
    late = desk.snapshots(application, 7, 1)
    desk.ask("unit", calls.WithdrawApplication(application_id=application.id, version=2, keep=True))
    for event in late:
        desk.hear(event)
    assert not desk.worker.do_next()
    assert not desk.rows(select(review_cylinder))


def test_the_pages_are_written_once_however_often_the_job_runs(desk: Any) -> None:
    application = desk.ready()
    for event in desk.snapshots(application, 7, 1):
        desk.hear(event)
    while desk.worker.do_next():
        pass
    assert len(desk.rows(select(review_cylinder))) == 7
    assert desk.ask("acceptance", calls.GetReview(application_id=application.id)).pages == 2


def test_a_job_that_comes_late_leaves_the_counts_of_a_review_alone(desk: Any) -> None:
    application = desk.ready()
    desk.save(application, 1, [calls.WrongPhoto(photo_id="s0", reason_code="V01")])
    for event in desk.snapshots(application, 7, 1):
        desk.hear(event)
    while desk.worker.do_next():
        pass
    assert desk.ask("acceptance", calls.GetReview(application_id=application.id)).wrong == 1


def test_an_application_is_taken_back_while_its_pages_are_laid_out(
    desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    application, write = desk.submitted(), page_plan.write
    back = calls.WithdrawApplication(application_id=application.id, version=2, keep=True)
    states: list[str] = []

    def written_late(*given: Any) -> Any:
        counts = write(*given)
        with ThreadPoolExecutor(1) as beside:
            states.append(beside.submit(desk.ask, "unit", back).result(30).state)
        return counts

    monkeypatch.setattr(page_plan, "write", written_late)
    for event in desk.snapshots(application, 7, 1):
        desk.hear(event)
    assert desk.worker.do_next()
    assert states == ["draft"]
    assert not desk.rows(select(review_cylinder))
    assert desk.rows(select(job.c.state)) == [{"state": "done"}]


def test_a_rejection_voids_the_batch(desk: Any) -> None:
    application = desk.submitted()
    wanted = desk.decision(application, "acceptance", "reject", reason_code="R01", confirm="作废该批次")
    rejected = desk.ask("acceptance", wanted)
    assert (rejected.state, rejected.reject_reason_code, rejected.deadline) == ("rejected", "R01", None)
    assert desk.told("application.rejected")[0] | {"unit_id": ""} == {
        "application_id": application.id, "unit_id": "", "step": "acceptance", "reason_code": "R01",
    }  # fmt: skip
    assert [row["outcome"] for row in desk.rows(select(decision))] == ["reject"]
    entry = desk.ask("unit", calls.GetTimeline(application_id=application.id)).entries[-1]
    assert (entry.reason_code, entry.opinion, entry.by) == ("R01", "同意", "受理人员")


def test_numbers_of_a_day_follow_each_other(desk: Any) -> None:
    numbers = [desk.draft().application_no for _ in range(3)]
    assert numbers == ["CQ2026112400001", "CQ2026112400002", "CQ2026112400003"]


def test_lists_go_page_by_page(desk: Any) -> None:
    opened = [desk.draft().id for _ in range(3)]
    first = desk.ask("unit", calls.ListApplications(limit=2))
    second = desk.ask("unit", calls.ListApplications(limit=2, cursor=first.next_cursor))
    assert [one.id for one in (*first.items, *second.items)] == opened[::-1]
    assert (first.total, second.next_cursor) == (3, None)
    assert desk.ask("unit", calls.ListApplications(state="submitted")).total == 0
    assert desk.ask("unit-b", calls.ListApplications()).items == []
    assert desk.refused("unit", calls.ListApplications(cursor="eA==")).code == "VALIDATION"


def test_tasks_go_page_by_page(desk: Any) -> None:
    ids = [desk.submitted().id for _ in range(3)]
    first = desk.ask("acceptance", calls.ListTasks(step="acceptance", limit=2))
    second = desk.ask("acceptance", calls.ListTasks(step="acceptance", limit=2, cursor=first.next_cursor))
    assert [task.application_id for task in (*first.items, *second.items)] == ids
    assert (first.total, second.next_cursor) == (3, None)
    assert desk.ask("acceptance", calls.GetTodos()).items[0].text == "您有3条使用登记的受理任务需要处理"
    for cursor in ("eA==", first.next_cursor[:-6], "WyIyMDI2LTAxLTAxIiwgMV0="):
        bad = desk.refused("acceptance", calls.ListTasks(step="acceptance", cursor=cursor))
        assert bad.code == "VALIDATION"
