"""The calls and events of the review service, thin: each handler gives the request to one use case."""

from __future__ import annotations

from chassis.database import Change
from chassis.handlers import Handlers
from chassis.tokens import Caller
from contracts import review as calls
from contracts.call import Page
from contracts.completeness import Completeness
from contracts.events import (
    CertificateIssued,
    CylindersChanged,
    CylindersReleased,
    CylindersSnapshotted,
    ImportFinished,
    PhotosChanged,
    PhotosSnapshotted,
)
from review.application import (
    applications,
    completeness,
    decide,
    issue,
    open,  # noqa: A004  # the use case is called so
    open_page,
    participants,
    photo_review,
    prepare,
    public_progress,
    queues,
    reasons,
    save_page,
    submit,
    submitted_form,
    tasks,
    todos,
    withdraw,
    wrong_list,
)
from review.application.refusals import by_the_rules
from review.application.tools import Tools


def handlers_of(tools: Tools) -> Handlers:
    """The table of this service's methods; who may call what is said by the contracts."""
    handlers = Handlers("review")
    _for_units(handlers, tools)
    _for_readers(handlers, tools)
    _for_services(handlers, tools)
    _for_visitors(handlers, tools)
    _for_reviewers(handlers, tools)
    _for_deciders(handlers, tools)
    _events(handlers, tools)
    return handlers


def _for_units(handlers: Handlers, tools: Tools) -> None:
    @handlers.query(calls.OpenApplication)
    @by_the_rules
    def open_application(request: calls.OpenApplication, caller: Caller) -> calls.Application:
        return open.open_application(request, caller, tools)

    @handlers.change(calls.WithdrawApplication)
    @by_the_rules
    def withdraw_application(
        change: Change, request: calls.WithdrawApplication, caller: Caller
    ) -> calls.Application:
        return withdraw.withdraw(change, request, caller, tools)

    @handlers.query(calls.GetCompleteness)
    @by_the_rules
    def get_completeness(request: calls.GetCompleteness, caller: Caller) -> Completeness:
        with tools.database.reading() as session:
            row = applications.seen_by(session, request.application_id, caller)
        return completeness.completeness(row, tools)

    @handlers.query(calls.SubmitApplication)
    @by_the_rules
    def submit_application(request: calls.SubmitApplication, caller: Caller) -> calls.Application:
        return submit.submit(request, caller, tools)


def _for_readers(handlers: Handlers, tools: Tools) -> None:
    @handlers.query(calls.GetApplication)
    def get_application(request: calls.GetApplication, caller: Caller) -> calls.Application:
        with tools.database.reading() as session:
            row = applications.seen_by(session, request.application_id, caller)
            return applications.shown(row, caller, participants.hindrance(session, row, caller))

    @handlers.query(calls.ListApplications)
    def list_applications(request: calls.ListApplications, caller: Caller) -> Page[calls.Application]:
        return queues.newest_first(request, caller, tools)

    @handlers.query(calls.GetTimeline)
    def get_timeline(request: calls.GetTimeline, caller: Caller) -> calls.Timeline:
        return queues.timeline(request.application_id, caller, tools)

    @handlers.query(calls.ListWrongCylinders)
    def list_wrong_cylinders(request: calls.ListWrongCylinders, caller: Caller) -> Page[calls.WrongCylinder]:
        return wrong_list.wrong_cylinders(request, caller, tools)

    @handlers.query(calls.GetSubmittedForm)
    def get_submitted_form(request: calls.GetSubmittedForm, caller: Caller) -> calls.SubmittedForm:
        return submitted_form.submitted_form(request, caller, tools)

    @handlers.query(calls.ListReasons)
    def list_reasons(request: calls.ListReasons, _: Caller) -> calls.Reasons:
        return reasons.reasons(request, tools)


def _for_services(handlers: Handlers, tools: Tools) -> None:
    @handlers.query(calls.ChooseDistrict)
    @by_the_rules
    def choose_district(request: calls.ChooseDistrict, caller: Caller) -> calls.ApplicationScope:
        return open.choose_district(request, caller, tools)

    @handlers.query(calls.GetApplicationScope)
    def get_application_scope(request: calls.GetApplicationScope, _: Caller) -> calls.ApplicationScope:
        with tools.database.reading() as session:
            return applications.scope_of(applications.require(session, request.application_id))


def _for_visitors(handlers: Handlers, tools: Tools) -> None:
    @handlers.query(calls.FindProgress)
    def find_progress(request: calls.FindProgress, _: Caller) -> calls.PublicProgress:
        return public_progress.find_progress(request, tools)


def _for_reviewers(handlers: Handlers, tools: Tools) -> None:
    @handlers.query(calls.GetReview)
    @by_the_rules
    def get_review(request: calls.GetReview, caller: Caller) -> calls.ReviewState:
        return photo_review.state_of(request.application_id, caller, tools)

    @handlers.query(calls.OpenReviewPage)
    @by_the_rules
    def open_review_page(request: calls.OpenReviewPage, caller: Caller) -> calls.ReviewPage:
        return open_page.open_page(request, caller, tools)

    @handlers.change(calls.SaveReviewPage)
    @by_the_rules
    def save_review_page(change: Change, request: calls.SaveReviewPage, caller: Caller) -> calls.PageSaved:
        return save_page.save_page(change, request, caller, tools)

    @handlers.change(calls.CompleteReview)
    @by_the_rules
    def complete_review(change: Change, request: calls.CompleteReview, caller: Caller) -> calls.ReviewState:
        return photo_review.complete(change, request, caller, tools)


def _for_deciders(handlers: Handlers, tools: Tools) -> None:
    @handlers.query(calls.GetTodos)
    def get_todos(_: calls.GetTodos, caller: Caller) -> calls.Todos:
        return todos.todos(caller, tools)

    @handlers.query(calls.ListTasks)
    @by_the_rules
    def list_tasks(request: calls.ListTasks, caller: Caller) -> Page[calls.Task]:
        return tasks.tasks(request, caller, tools)

    @handlers.query(calls.Decide)
    @by_the_rules
    def decide_step(request: calls.Decide, caller: Caller) -> calls.Application:
        return decide.decide(request, caller, tools)

    @handlers.query(calls.IssueCertificate)
    @by_the_rules
    def issue_certificate(request: calls.IssueCertificate, caller: Caller) -> calls.Issuing:
        return issue.issue_certificate(request, caller, tools)


def _events(handlers: Handlers, tools: Tools) -> None:
    handlers.event(CylindersSnapshotted)(prepare.cylinders_snapshotted)
    handlers.event(PhotosSnapshotted)(prepare.photos_snapshotted)

    @handlers.event(CertificateIssued)
    def certificate_issued(change: Change, event: CertificateIssued) -> None:
        issue.issued(change, event, tools)

    for numbered in (ImportFinished, CylindersChanged, CylindersReleased, PhotosChanged):
        handlers.event(numbered)(_only_numbered)


def _only_numbered(_: Change, __: object) -> None:
    """Part of a stream that is listened to for another event: taking it keeps the numbers without a gap."""
