"""A process may die after each step of a saga: what it left is gone on with, or undone, and never half done."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy import event as sqlalchemy_events
from tests.fixtures.worn_out import kill_three_workers

from chassis.tables import job
from contracts import review as calls
from contracts.attachments import SealPhotos, UnsealPhotos
from contracts.certificate import CreateCertificate
from contracts.errors import AppError
from contracts.identity import GetAuthority, GetUnit
from contracts.importer import SealCylinders, UnsealCylinders
from review.adapters.tables import application as application_table
from review.adapters.tables import issue as issue_table
from review.adapters.tables import review_progress, submission
from review.application import issue, photo_review, prepare, submit


class Killed(BaseException):
    """The process is gone: nothing below catches this."""


def die_at(desk: Any, peers: Any, kind: type, request: Any, key: str, who: str = "unit") -> None:
    """Asks, and dies when the peer is asked."""
    peers.refuse[kind] = [Killed()]
    with pytest.raises(Killed):
        desk.ask(who, request, key)


def steps(desk: Any) -> list[tuple[int, str]]:
    found = desk.rows(select(submission).order_by(submission.c.attempt))
    return [(row["attempt"], row["step"]) for row in found]


@pytest.mark.parametrize("kind", [SealCylinders, SealPhotos])
def test_a_submission_cut_off_goes_on_when_it_is_repeated(desk: Any, peers: Any, kind: type) -> None:
    wanted = desk.submission(desk.draft())
    die_at(desk, peers, kind, wanted, "k")
    assert steps(desk) == [(1, "begun")]
    assert desk.ask("unit", wanted, "k").state == "submitted"
    assert steps(desk) == [(1, "submitted")]
    assert len(desk.told("application.submitted")) == 1
    assert desk.ask("unit", wanted, "k").version == 2


def test_a_submission_overtaken_by_its_own_repeat_is_answered_like_it(
    desk: Any, peers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = desk.submission(desk.draft())
    call, answers = peers.call, []

    def overtaken(request: Any, **options: Any) -> Any:
        if isinstance(request, GetAuthority):
            monkeypatch.setattr(peers, "call", call)
            answers.append(desk.ask("unit", wanted, "k"))
        return call(request, **options)

    monkeypatch.setattr(peers, "call", overtaken)
    answers.append(desk.ask("unit", wanted, "k"))
    assert [answer.state for answer in answers] == ["submitted", "submitted"]
    assert steps(desk) == [(1, "submitted")]
    assert len(desk.told("application.submitted")) == 1


@pytest.mark.parametrize("kind", [SealCylinders, SealPhotos])
def test_a_submission_cut_off_is_taken_over_by_another_call(desk: Any, peers: Any, kind: type) -> None:
    application = desk.draft()
    die_at(desk, peers, kind, desk.submission(application), "k")
    assert desk.ask("unit", desk.submission(application, filled_by="示例戊"), "other").state == "submitted"
    assert steps(desk) == [(1, "undone"), (2, "submitted")]
    assert [request.attempt for request, _ in peers.asked if isinstance(request, UnsealPhotos)] == [1]
    assert desk.told("application.submitted")[0]["attempt"] == 2


@pytest.mark.parametrize("kind", [SealCylinders, SealPhotos])
def test_the_clock_undoes_what_nobody_goes_on_with(desk: Any, peers: Any, tools: Any, kind: type) -> None:
    application = desk.draft()
    die_at(desk, peers, kind, desk.submission(application), "k")
    submit.undo_left_behind(tools, 60)
    assert steps(desk) == [(1, "begun")], "too young"
    submit.undo_left_behind(tools, 0)
    assert steps(desk) == [(1, "undone")]
    assert (peers.count(UnsealCylinders), peers.count(UnsealPhotos)) == (1, 1)
    seen = desk.ask("unit", calls.GetApplication(application_id=application.id))
    assert (seen.state, seen.version) == ("draft", 1)
    assert desk.ask("unit", desk.submission(application), "k").state == "submitted"


@pytest.mark.parametrize("kind", [UnsealCylinders, UnsealPhotos])
def test_an_undoing_cut_off_is_ended_by_the_clock(desk: Any, peers: Any, tools: Any, kind: type) -> None:
    peers.refuse[SealPhotos] = [AppError("PHOTOS_PENDING")]
    die_at(desk, peers, kind, desk.submission(desk.draft()), "k")
    assert steps(desk) == [(1, "undoing")]
    submit.undo_left_behind(tools, 0)
    assert steps(desk) == [(1, "undone")]


def test_an_undoing_that_a_peer_cannot_do_now_is_left_to_the_clock(desk: Any, peers: Any, tools: Any) -> None:
    peers.refuse = {SealPhotos: [AppError("PHOTOS_PENDING")], UnsealPhotos: [AppError("BEHIND")]}
    refusal = desk.refused("unit", desk.submission(desk.draft()))
    assert refusal.code == "PHOTOS_PENDING"
    assert steps(desk) == [(1, "undoing")]
    submit.undo_left_behind(tools, 0)
    assert steps(desk) == [(1, "undone")]


def test_a_refused_seal_is_taken_back_and_told(desk: Any, peers: Any) -> None:
    peers.refuse[SealPhotos] = [AppError("INCOMPLETE", faults=[{"code": "STAMP_MISSING"}])]
    refusal = desk.refused("unit", desk.submission(desk.draft()))
    assert (refusal.code, refusal.extra["faults"]) == ("INCOMPLETE", [{"code": "STAMP_MISSING"}])
    assert steps(desk) == [(1, "undone")]
    assert not desk.told("application.submitted")


def test_photos_that_are_behind_are_waited_for(desk: Any, peers: Any) -> None:
    peers.refuse[SealPhotos] = [AppError("BEHIND"), AppError("BEHIND")]
    assert desk.submitted().state == "submitted"
    assert peers.count(SealPhotos) == 3


def test_photos_that_stay_behind_end_the_attempt_in_time(desk: Any, peers: Any) -> None:
    peers.refuse[SealPhotos] = [AppError("BEHIND") for _ in range(50)]
    application = desk.draft()
    with pytest.raises(AppError) as caught:
        desk.ask("unit", desk.submission(application), "k", seconds=5)
    assert caught.value.code == "BEHIND"
    assert steps(desk) == [(1, "undone")]


def test_a_draft_withdrawn_while_it_is_being_submitted_stays_withdrawn(desk: Any, peers: Any) -> None:
    application = desk.draft()
    die_at(desk, peers, SealPhotos, desk.submission(application), "k")
    desk.ask("unit", calls.WithdrawApplication(application_id=application.id))
    again = desk.refused("unit", desk.submission(application), "k")
    assert (again.code, again.extra["current"]) == ("WRONG_STATE", "withdrawn")
    assert not desk.told("application.submitted")


@pytest.mark.parametrize("kind", [GetUnit, GetAuthority])
def test_a_peer_away_before_the_first_seal_leaves_nothing(desk: Any, peers: Any, kind: type) -> None:
    application = desk.draft()
    peers.refuse[kind] = [AppError("UPSTREAM_UNAVAILABLE")]
    assert desk.refused("unit", desk.submission(application)).code == "UPSTREAM_UNAVAILABLE"
    assert steps(desk) == []


def test_opening_cut_off_is_repeated_by_its_key(desk: Any, peers: Any) -> None:
    wanted = calls.OpenApplication(category="2300", registration_reason="NEW")
    die_at(desk, peers, GetUnit, wanted, "k")
    assert desk.ask("unit", wanted, "k").application_no == "CQ2026112400001"


def test_a_decision_whose_answer_was_lost_is_answered_again(desk: Any, tools: Any) -> None:
    """The process dies behind the commit of the decision and before its reply is kept."""
    application = desk.reviewed()
    wanted = desk.decision(application, "acceptance")

    def die(_: Any, __: Any, statement: str, *___: Any) -> None:
        if statement.startswith("UPDATE idempotency"):
            raise Killed

    sqlalchemy_events.listen(tools.database.engine, "before_cursor_execute", die)
    with pytest.raises(Killed):
        desk.ask("acceptance", wanted, "k")
    sqlalchemy_events.remove(tools.database.engine, "before_cursor_execute", die)
    assert desk.ask("acceptance", wanted, "k").state == "accepted"
    assert len(desk.told("application.accepted")) == 1


def test_an_issue_cut_off_answers_the_same_certificate(desk: Any, peers: Any) -> None:
    application = desk.approved()
    wanted = calls.IssueCertificate(application_id=application.id, version=application.version)
    die_at(desk, peers, CreateCertificate, wanted, "k", "issue")
    first = desk.ask("issue", wanted, "k")
    assert desk.ask("issue", wanted, "other") == first
    keys = {key for request, key in peers.asked if isinstance(request, CreateCertificate)}
    assert keys == {first.certificate_id}


def test_the_clock_asks_again_for_a_certificate_whose_answer_never_came(
    desk: Any, peers: Any, tools: Any
) -> None:
    application = desk.approved()
    peers.refuse[CreateCertificate] = [AppError("UPSTREAM_TIMEOUT")]
    wanted = calls.IssueCertificate(application_id=application.id, version=application.version)
    certificate_id = desk.ask("issue", wanted).certificate_id
    issue.create_left_behind(tools, 30)
    assert peers.count(CreateCertificate) == 1, "too young"
    issue.create_left_behind(tools, 0)
    issue.create_left_behind(tools, 0)
    assert peers.count(CreateCertificate) == 2
    row = desk.rows(select(issue_table))[0]
    assert (row["certificate_id"], row["number"]) == (certificate_id, "瓶32渝A0300001(26)")


def test_a_certificate_that_was_issued_is_not_asked_for_again(desk: Any, peers: Any, tools: Any) -> None:
    application = desk.approved()
    peers.refuse[CreateCertificate] = [AppError("UPSTREAM_TIMEOUT"), AppError("IDEMPOTENCY_CONFLICT")]
    wanted = calls.IssueCertificate(application_id=application.id, version=application.version)
    issuing = desk.ask("issue", wanted)
    desk.certified(application, issuing.certificate_id)  # it was made, but the answer never came
    issue.create_left_behind(tools, 0)
    assert peers.count(CreateCertificate) == 1
    assert desk.ask("issue", wanted) == issuing


def test_an_issue_is_refused_to_others_and_to_a_stale_version(desk: Any) -> None:
    application = desk.approved()
    stale = calls.IssueCertificate(application_id=application.id, version=1)
    assert desk.refused("issue", stale).code == "STALE"
    now = stale.model_copy(update={"version": application.version})
    assert desk.refused("approval", now).code == "FORBIDDEN"
    assert not desk.rows(select(issue_table))


def test_a_certificate_issued_twice_is_certified_once_by_the_officer_who_asked(desk: Any) -> None:
    application = desk.approved()
    wanted = calls.IssueCertificate(application_id=application.id, version=application.version)
    issuing = desk.ask("issue", wanted)
    desk.certified(application, issuing.certificate_id)
    desk.certified(application, issuing.certificate_id)
    assert len(desk.told("application.certified")) == 1
    assert desk.ask("issue", wanted, "late") == issuing


def test_a_snapshot_that_is_not_what_was_claimed_is_never_laid_out(desk: Any, tools: Any) -> None:
    application = desk.submitted()
    events = desk.snapshots(application, 7, 1)
    tools.storage.put(f"tests/{application.id}/1/p", b"something else", "x/y")
    for event in events:
        desk.hear(event)
    assert desk.worker.do_next()
    assert desk.refused("acceptance", calls.GetReview(application_id=application.id)).code == "PREPARING"


def test_pages_that_could_not_be_laid_out_are_tried_again_by_the_clock(desk: Any, tools: Any) -> None:
    application = desk.ready()
    prepare.lay_out_failed(tools.database)
    assert not desk.worker.do_next(), "nothing failed"
    with tools.database.engine.begin() as connection:
        connection.execute(delete(review_progress))
        connection.execute(
            update(job).values(state="failed", finished_at=text("now() - interval '2 minutes'"))
        )
    prepare.lay_out_failed(tools.database)
    prepare.lay_out_failed(tools.database)
    assert desk.worker.do_next()
    assert not desk.worker.do_next(), "queued once"
    assert desk.ask("acceptance", calls.GetReview(application_id=application.id)).pages == 2


def test_who_waits_for_pages_whose_job_killed_three_workers_is_told(desk: Any, tools: Any) -> None:
    application = desk.submitted()
    for event in desk.snapshots(application, 7, 1):
        desk.hear(event)
    asked = calls.GetReview(application_id=application.id)
    assert desk.refused("acceptance", asked).detail == photo_review.NOT_YET
    kill_three_workers(tools.database, prepare.KIND)
    assert desk.refused("acceptance", asked).detail == photo_review.INTERRUPTED
    with tools.database.engine.begin() as connection:
        connection.execute(update(job).values(finished_at=text("now() - interval '2 minutes'")))
    prepare.lay_out_failed(tools.database)
    assert desk.worker.do_next()
    assert desk.ask("acceptance", asked).pages == 2


def test_an_overdue_task_is_counted_and_named(desk: Any, tools: Any) -> None:
    application = desk.submitted()
    early = update(application_table).values(
        deadline=application_table.c.submitted_at, clock_started_at=application_table.c.submitted_at
    )
    with tools.database.engine.begin() as connection:
        connection.execute(early.where(application_table.c.id == application.id))
    assert desk.ask("acceptance", calls.GetTodos()).items[0].overdue == 1
    assert desk.ask("acceptance", calls.ListTasks(step="acceptance")).items[0].overdue
