"""The calls of the certificate service, thin: authorise, call one use case, answer."""

from __future__ import annotations

from certificate.application import checks, issue, reading, verify
from certificate.application.tools import Tools
from chassis.database import Change
from chassis.handlers import Handlers
from chassis.tokens import Caller
from contracts.call import Page
from contracts.certificate import (
    Certificate,
    CreateCertificate,
    CylinderInCertificate,
    FindCertificate,
    FindCylinderInCertificate,
    GetCertificate,
    GetCertificateFile,
    GetPdfCheck,
    ListCertificates,
    PdfCheck,
    StartPdfCheck,
    Verification,
    VerifyToken,
)
from contracts.files import Link


def handlers_of(tools: Tools) -> Handlers:
    """The table of calls; who may call what is said by the contracts."""
    handlers = Handlers("certificate")
    _issue(handlers, tools)
    _read(handlers, tools)
    _verify(handlers, tools)
    _check(handlers, tools)
    return handlers


def _issue(handlers: Handlers, tools: Tools) -> None:
    @handlers.change(CreateCertificate)
    def create(change: Change, request: CreateCertificate, _: Caller) -> Certificate:
        return reading.shown(issue.create(change, request, tools.today()), tools)


def _read(handlers: Handlers, tools: Tools) -> None:
    @handlers.query(GetCertificate)
    def get(request: GetCertificate, caller: Caller) -> Certificate:
        with tools.database.reading() as session:
            return reading.shown(reading.one(session, request.certificate_id, caller), tools)

    @handlers.query(ListCertificates)
    def newest_first(request: ListCertificates, caller: Caller) -> Page[Certificate]:
        return reading.newest_first(tools, request, caller)

    @handlers.query(GetCertificateFile)
    def file(request: GetCertificateFile, caller: Caller) -> Link:
        return reading.file_link(tools, request, caller)


def _verify(handlers: Handlers, tools: Tools) -> None:
    @handlers.query(FindCertificate)
    def find(request: FindCertificate, _: Caller) -> Verification:
        with tools.database.reading() as session:
            return verify.by_number(session, request.number)

    @handlers.query(VerifyToken)
    def token(request: VerifyToken, _: Caller) -> Verification:
        with tools.database.reading() as session:
            return verify.by_token(session, request.token)

    @handlers.query(FindCylinderInCertificate)
    def cylinder(request: FindCylinderInCertificate, _: Caller) -> CylinderInCertificate:
        with tools.database.reading() as session:
            return verify.cylinder_in(session, request.token, request.serial_no, tools.today())


def _check(handlers: Handlers, tools: Tools) -> None:
    @handlers.change(StartPdfCheck)
    def start(change: Change, request: StartPdfCheck, _: Caller) -> PdfCheck:
        return checks.start(change, request.upload_id)

    @handlers.query(GetPdfCheck)
    def get(request: GetPdfCheck, _: Caller) -> PdfCheck:
        with tools.database.reading() as session:
            return checks.shown(checks.find(session, request.check_id))
