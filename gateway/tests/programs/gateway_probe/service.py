"""Answers that tell what arrived."""

import os
import time
from datetime import date
from typing import ClassVar

from sqlalchemy import MetaData

from chassis import context
from chassis.database import Change
from chassis.handlers import Handlers
from chassis.jobs import NewJob
from chassis.tokens import Caller
from contracts.certificate import (
    FindCertificate,
    GetPdfCheck,
    PdfCheck,
    StartPdfCheck,
    Verification,
    VerifyToken,
)
from contracts.errors import AppError
from contracts.event import Event
from contracts.identity import Account, ChangeMyUnit, GetMe, GetMyUnit, ListDistricts, Unit

NOTHING = MetaData()
handlers = Handlers(os.environ["SERVICE"])


class Changed(Event):
    """Told after each change, and heard by the probe itself."""

    source: ClassVar[str] = "identity"
    type: ClassVar[str] = "probe.changed"
    consumers: ClassVar[tuple[str, ...]] = ("identity",)


def get_me(_: GetMe, caller: Caller) -> Account:
    """The request's id comes back as the name."""
    return Account(id=caller.id, username=context.request_id.get(), role=caller.role)


def get_my_unit(_: GetMyUnit, caller: Caller) -> Unit:
    """Refuses as services do."""
    raise AppError("STALE", current="accepted", by=caller.id)


def list_districts(_: ListDistricts, __: Caller) -> Account:
    """Takes longer than anybody waits."""
    time.sleep(6)
    raise AppError("NOT_FOUND")


def change_my_unit(change: Change, request: ChangeMyUnit, caller: Caller) -> Unit:
    """Each effect has another version, so that a repeat is seen."""
    change.emit(Changed(application_id=caller.unit_id or ""))
    return Unit(
        id=caller.unit_id or "",
        name="示例燃气公司",
        credit_code="",
        district_code="500103",
        version=time.monotonic_ns(),
        **request.model_dump(exclude={"version"}),
    )


def changed(change: Change, _: Changed) -> None:
    """Leaves the rest to a worker."""
    change.enqueue(NewJob("look", {}))


def verification(request: FindCertificate | VerifyToken, caller: Caller) -> Verification:
    """Known is what is called known."""
    asked = request.number if isinstance(request, FindCertificate) else request.token
    if asked != "known":
        raise AppError("NOT_FOUND")
    return Verification(
        number="瓶32渝A0100001(26)",
        unit_name=caller.id,
        variety="焊接气瓶",
        count=199,
        issued_on=date(2026, 11, 24),
        authority="示例局",
        state="valid",
        state_name="有效",
    )


def start_check(_: Change, request: StartPdfCheck, __: Caller) -> PdfCheck:
    """Queued, so that the gateway has to ask again."""
    return PdfCheck(id=request.upload_id, state="queued")


def get_check(request: GetPdfCheck, _: Caller) -> PdfCheck:
    """Done, with the upload id as the message, so that the test can look for the file."""
    return PdfCheck(
        id=request.check_id, state="done", intact=True, certificate_state="valid", message=request.check_id
    )


if handlers.service == "identity":
    handlers.query(GetMe)(get_me)
    handlers.query(GetMyUnit)(get_my_unit)
    handlers.query(ListDistricts)(list_districts)
    handlers.change(ChangeMyUnit)(change_my_unit)
    handlers.event(Changed)(changed)
else:
    handlers.query(FindCertificate)(verification)
    handlers.query(VerifyToken)(verification)
    handlers.change(StartPdfCheck)(start_check)
    handlers.query(GetPdfCheck)(get_check)
