"""Who may do what, and what is refused by which code."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select

from contracts import review as calls
from contracts.attachments import CheckPhotos
from contracts.completeness import Completeness, CompletenessFault
from contracts.errors import AppError
from contracts.importer import CheckCylinders
from review.adapters.tables import decision


def about(application: Any) -> list[Any]:
    """Every call of the bureau about one application."""
    one = {"application_id": application.id}
    return [
        calls.GetApplication(**one),
        calls.GetTimeline(**one),
        calls.GetReview(**one),
        calls.OpenReviewPage(**one, page=1),
        calls.SaveReviewPage(**one, page=1, version=1, shown=[]),
        calls.CompleteReview(**one),
        calls.Decide(**one, step="acceptance", outcome="pass", opinion="同意", version=2),
        calls.IssueCertificate(**one, version=2),
    ]


def test_another_authority_finds_nothing(desk: Any) -> None:
    application = desk.ready()
    assert {desk.refused("stranger", call).code for call in about(application)} == {"NOT_FOUND"}
    assert desk.ask("stranger", calls.ListApplications()).items == []
    assert desk.ask("stranger", calls.ListTasks(step="acceptance")).items == []
    assert [todo.count for todo in desk.ask("stranger", calls.GetTodos()).items] == [0, 0, 0, 0]


def test_another_unit_finds_nothing(desk: Any) -> None:
    application = desk.draft()
    one = {"application_id": application.id}
    wanted = [
        calls.GetApplication(**one),
        calls.GetTimeline(**one),
        calls.GetCompleteness(**one),
        calls.WithdrawApplication(**one),
        desk.submission(application),
    ]
    assert {desk.refused("unit-b", call).code for call in wanted} == {"NOT_FOUND"}
    chosen = calls.ChooseDistrict(**one, unit_id="unit-b", district_code="500103")
    assert desk.refused("importer", chosen).code == "NOT_FOUND"


def test_drafts_are_their_units_alone_also_withdrawn_ones(desk: Any) -> None:
    application = desk.draft()
    assert {desk.refused("all-steps", call).code for call in about(application)} == {"NOT_FOUND"}
    desk.ask("unit", calls.WithdrawApplication(application_id=application.id))
    assert desk.told("application.withdrawn")[0]["application_id"] == application.id
    for who in ("all-steps", "municipal"):
        assert desk.refused(who, calls.GetApplication(application_id=application.id)).code == "NOT_FOUND"
        assert desk.ask(who, calls.ListApplications()).items == []
    assert desk.ask("unit", calls.ListApplications()).items[0].state == "withdrawn"


def test_the_municipal_bureau_reads_all_districts(desk: Any) -> None:
    application = desk.submitted()
    seen = desk.ask("municipal", calls.GetApplication(application_id=application.id))
    assert (seen.id, seen.actions) == (application.id, [])


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"category": "2100"}, "category"),
        ({"registration_reason": "TRANSFER"}, "registration_reason"),
        ({"variety_group": "2330"}, "variety_group"),
    ],
)
def test_what_the_first_version_does_not_know_is_refused(desk: Any, changes: Any, field: str) -> None:
    wanted = {"category": "2300", "registration_reason": "NEW", **changes}
    refusal = desk.refused("unit", calls.OpenApplication(**wanted))
    assert (refusal.code, [fault.field for fault in refusal.errors]) == ("VALIDATION", [field])


def test_the_same_key_opens_one_application(desk: Any) -> None:
    wanted = calls.OpenApplication(category="2300", registration_reason="NEW")
    assert desk.ask("unit", wanted, "k").id == desk.ask("unit", wanted, "k").id
    assert len(desk.told("application.opened")) == 1


def test_a_district_is_changed_only_while_it_may(desk: Any) -> None:
    application = desk.draft()
    other = calls.ChooseDistrict(application_id=application.id, unit_id="unit-a", district_code="500107")
    assert desk.refused("importer", other).code == "DISTRICT_DIFFERS"
    changed = desk.ask("importer", other.model_copy(update={"may_change": True}))
    assert (changed.district_code, changed.authority_code) == ("500107", "AU-500107")
    assert len(desk.told("application.district_changed")) == 2
    assert desk.ask("unit", calls.GetApplication(application_id=application.id)).version == 1


def test_a_submission_names_both_faults_of_its_form(desk: Any) -> None:
    refusal = desk.refused("unit", desk.submission(desk.draft(), declared=False, filled_by=" "))
    assert refusal.code == "VALIDATION"
    assert [fault.field for fault in refusal.errors] == ["declared", "filled_by"]


def test_everything_that_is_missing_is_told_at_once(desk: Any, peers: Any) -> None:
    opened = desk.ask("unit", calls.OpenApplication(category="2300", registration_reason="NEW"))
    peers.unit = peers.unit.model_copy(update={"address": "", "safety_officers": []})
    fault = CompletenessFault(code="NO_CYLINDERS", message="请先导入气瓶", count=1)
    peers.faults[CheckCylinders] = Completeness.of([fault])
    refusal = desk.refused("unit", desk.submission(opened))
    assert refusal.code == "INCOMPLETE"
    assert [one["code"] for one in refusal.extra["faults"]] == ["BASIC_DATA", "NO_CYLINDERS"]
    assert refusal.extra["faults"][0]["sample"] == ["使用单位地址", "安全管理人员", "登记区县"]
    told = desk.ask("unit", calls.GetCompleteness(application_id=opened.id))
    assert [one.code for one in told.faults] == ["BASIC_DATA", "NO_CYLINDERS"]


def test_work_under_way_alone_is_named_by_its_own_code(desk: Any, peers: Any) -> None:
    fault = CompletenessFault(code="IMPORT_RUNNING", message="正在导入", count=1)
    peers.faults[CheckCylinders] = Completeness.of([fault])
    assert desk.refused("unit", desk.submission(desk.draft())).code == "IMPORT_RUNNING"


def test_what_is_missing_is_asked_of_the_newest_cylinders_until_they_are_known(desk: Any, peers: Any) -> None:
    application = desk.draft()
    peers.refuse[CheckPhotos] = [AppError("BEHIND"), AppError("BEHIND")]
    assert desk.ask("unit", calls.GetCompleteness(application_id=application.id)).complete
    asked = [request.cylinders_version for request, _ in peers.asked if isinstance(request, CheckPhotos)]
    assert asked == [peers.sealed.cylinders_version] * 3


def test_a_stale_submission_changes_nothing(desk: Any) -> None:
    application = desk.draft()
    refusal = desk.refused("unit", desk.submission(application, version=9))
    assert (refusal.code, refusal.extra["current"]) == ("STALE", "draft")
    desk.ask("unit", desk.submission(application))
    again = desk.refused("unit", desk.submission(application))
    assert (again.code, again.extra["current"]) == ("WRONG_STATE", "submitted")
    assert again.extra["moved_by"] == {"role": "unit", "step": None}


def test_a_page_is_saved_only_by_who_opened_it_and_saw_all_of_it(desk: Any) -> None:
    application = desk.ready()
    save = calls.SaveReviewPage(application_id=application.id, page=1, version=1, shown=["s0"])
    assert desk.refused("acceptance", save).code == "PAGE_NOT_OPENED"
    desk.ask("acceptance", calls.OpenReviewPage(application_id=application.id, page=1))
    assert desk.refused("acceptance-2", save).code == "PAGE_NOT_OPENED"
    unseen = desk.refused("acceptance", save)
    assert unseen.code == "PHOTOS_UNSEEN"
    assert unseen.extra["photos"] == ["cert", "s1", "s2", "s3", "s4", "s5"]
    foreign = desk.refused("acceptance", save.model_copy(update={"shown": ["s6"]}))
    assert foreign.code == "VALIDATION"


def test_a_page_saved_by_another_meanwhile_is_stale_and_never_moves_the_application(desk: Any) -> None:
    application = desk.ready()
    desk.ask("acceptance-2", calls.OpenReviewPage(application_id=application.id, page=1))
    assert desk.save(application, 1).version == 2
    late = calls.SaveReviewPage(application_id=application.id, page=1, version=1, shown=[])
    refusal = desk.refused("acceptance-2", late)
    assert (refusal.code, refusal.extra["current"]) == ("STALE", 2)
    assert refusal.extra["saved_by"]
    assert datetime.fromisoformat(refusal.extra["saved_at"]).tzinfo
    assert desk.ask("unit", calls.GetApplication(application_id=application.id)).version == 2


def test_the_review_ends_only_when_every_page_was_seen(desk: Any) -> None:
    application = desk.ready()
    done = calls.CompleteReview(application_id=application.id)
    desk.save(application, 2)
    refusal = desk.refused("acceptance", done)
    assert (refusal.code, refusal.extra["pages"]) == ("UNSEEN_PAGES", [1])
    early = desk.refused("acceptance", desk.decision(application, "acceptance"))
    assert (early.code, early.extra["pages"]) == ("UNSEEN_PAGES", [1])
    desk.save(application, 1)
    assert desk.refused("acceptance", desk.decision(application, "acceptance")).code == "UNSEEN_PAGES"


def test_pages_saved_by_two_officers_at_once_are_all_counted(desk: Any) -> None:
    application = desk.ready(24)

    def save(number: int) -> None:
        mark = calls.WrongPhoto(photo_id=f"s{number * 6 - 1}", reason_code="V09")
        desk.save(application, number, [mark], who=("acceptance", "acceptance-2")[number % 2])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(save, [1, 2, 3, 4]))
    review = desk.ask("acceptance", calls.GetReview(application_id=application.id))
    assert (review.seen, review.wrong) == ([1, 2, 3, 4], 4)


def test_no_page_beyond_the_last(desk: Any) -> None:
    application = desk.ready()
    beyond = calls.OpenReviewPage(application_id=application.id, page=3)
    assert desk.refused("acceptance", beyond).code == "NOT_FOUND"


def test_until_the_pages_are_prepared_the_review_waits(desk: Any) -> None:
    application = desk.submitted()
    waiting = [
        call for call in about(application)[2:7] if desk.refused("all-steps", call).code == "PREPARING"
    ]
    assert len(waiting) == 5


def test_when_all_cylinders_are_wrong_only_the_rejection_is_left(desk: Any) -> None:
    application = desk.reviewed(wrong=("s0", "s1"), cylinders=2)
    assert desk.refused("acceptance", desk.decision(application, "acceptance")).code == "NOTHING_TO_REGISTER"
    wanted = desk.decision(application, "acceptance", "reject", reason_code="R05", confirm="作废该批次")
    assert desk.ask("acceptance", wanted).state == "rejected"


def test_a_rejection_needs_its_phrase_and_a_reason(desk: Any) -> None:
    application = desk.submitted()
    refusal = desk.refused("acceptance", desk.decision(application, "acceptance", "reject", confirm="作废"))
    assert refusal.code == "VALIDATION"
    assert [fault.code for fault in refusal.errors] == ["REASON_UNKNOWN", "CONFIRM_MISSING"]
    assert desk.ask("unit", calls.GetApplication(application_id=application.id)).state == "submitted"


def test_each_step_is_its_officers(desk: Any) -> None:
    application = desk.reviewed()
    assert desk.refused("examination", desk.decision(application, "acceptance")).code == "FORBIDDEN"
    assert desk.refused("approval", calls.ListTasks(step="acceptance")).code == "FORBIDDEN"
    opened = calls.OpenReviewPage(application_id=application.id, page=1)
    assert desk.refused("examination", opened).code == "FORBIDDEN"
    assert desk.refused("municipal", desk.decision(application, "acceptance")).code == "FORBIDDEN"


def test_three_steps_are_three_people_and_whoever_judged_photos_took_part(desk: Any) -> None:
    application = desk.ready()
    desk.save(application, 1, who="all-steps")
    desk.save(application, 2)
    desk.ask("acceptance", calls.CompleteReview(application_id=application.id))
    accepted = desk.ask("acceptance", desk.decision(application, "acceptance"))
    refusal = desk.refused("all-steps", desk.decision(accepted, "examination"))
    assert (refusal.code, refusal.extra["step"]) == ("SAME_PERSON", "acceptance")
    assert desk.ask("examination", desk.decision(accepted, "examination")).state == "examined"


def test_a_stale_decision_learns_the_state_and_who_moved_it(desk: Any) -> None:
    application = desk.reviewed()
    stale = desk.refused("acceptance", desk.decision(application, "acceptance", version=1))
    assert (stale.code, stale.extra["current"]) == ("STALE", "submitted")
    desk.ask("acceptance", desk.decision(application, "acceptance"))
    late = desk.refused("acceptance-2", desk.decision(application, "acceptance"))
    assert (late.code, late.extra["current"]) == ("WRONG_STATE", "accepted")
    assert late.extra["moved_by"] == {"role": "bureau", "step": "acceptance"}


def test_the_same_decision_by_the_same_key_answers_the_same(desk: Any) -> None:
    application = desk.reviewed()
    wanted = desk.decision(application, "acceptance")
    first = desk.ask("acceptance", wanted, "k")
    assert desk.ask("acceptance", wanted, "k") == first
    other = desk.refused("acceptance", desk.decision(application, "acceptance", opinion="不同"), "k")
    assert other.code == "IDEMPOTENCY_CONFLICT"
    assert len(desk.told("application.accepted")) == 1


def test_of_many_decisions_at_once_one_counts(desk: Any) -> None:
    application = desk.reviewed()
    wanted = [("acceptance", "pass"), ("acceptance-2", "pass"), ("acceptance-2", "reject")] * 2

    def decide(one: tuple[str, str]) -> str:
        more = {"reason_code": "R01", "confirm": "作废该批次"} if one[1] == "reject" else {}
        try:
            return str(desk.ask(one[0], desk.decision(application, "acceptance", one[1], **more)).state)
        except AppError as refusal:
            return refusal.code

    with ThreadPoolExecutor(6) as pool:
        outcomes = list(pool.map(decide, wanted))
    made = [outcome for outcome in outcomes if outcome in {"accepted", "rejected"}]
    assert len(made) == 1
    assert set(outcomes) - set(made) <= {"WRONG_STATE", "STALE"}
    assert len(desk.rows(select(decision))) == 1


def test_an_approved_application_cannot_be_withdrawn_or_rejected(desk: Any) -> None:
    application = desk.approved()
    withdrawn = calls.WithdrawApplication(application_id=application.id, version=application.version)
    assert desk.refused("unit", withdrawn).code == "WRONG_STATE"
    wanted = desk.decision(application, "approval", "reject", reason_code="R01", confirm="作废该批次")
    assert desk.refused("approval", wanted).code == "WRONG_STATE"


def test_a_submitted_application_is_withdrawn_only_with_its_version(desk: Any) -> None:
    application = desk.submitted()
    one = {"application_id": application.id}
    deleted = desk.refused("unit", calls.WithdrawApplication(**one))
    assert (deleted.code, deleted.extra["current"]) == ("WRONG_STATE", "submitted")
    assert "撤回" in deleted.detail
    assert desk.refused("unit", calls.WithdrawApplication(**one, keep=True)).code == "VALIDATION"
    assert desk.refused("unit", calls.WithdrawApplication(**one, version=1)).code == "STALE"
    assert desk.ask("unit", calls.WithdrawApplication(**one, version=2)).state == "withdrawn"
    assert desk.ask("acceptance", calls.GetApplication(**one)).state == "withdrawn"
