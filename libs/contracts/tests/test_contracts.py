"""The registry of errors and the shape of calls and events."""

import re
from typing import ClassVar

import pytest

from contracts.call import Call, Message, Page, calls_of
from contracts.errors import ERROR_CODES, AppError, FieldFault
from contracts.event import Event


class Thing(Message):
    id: str


class ListThings(Call[Page[Thing]]):
    service: ClassVar[str] = "warehouse"
    callers: ClassVar[frozenset[str]] = frozenset({"unit"})


class Moved(Event):
    source: ClassVar[str] = "warehouse"
    type: ClassVar[str] = "thing.moved"


@pytest.mark.parametrize("code", ERROR_CODES)
def test_every_code_says_in_chinese_what_to_do(code: str) -> None:
    registered = ERROR_CODES[code]
    assert 400 <= registered.status < 600
    assert re.fullmatch(r"[A-Z_]+", code)
    assert "请" in registered.detail.replace("申请", "")
    assert registered.detail.endswith("。")


def test_an_error_crosses_the_bus_whole() -> None:
    fault = FieldFault(field="size", code="max", message="文件过大")
    error = AppError(
        "INCOMPLETE", "还差照片。", errors=[fault], faults=[{"code": "PHOTO_MISSING", "count": 3}]
    )
    again = AppError.from_wire(error.to_wire())
    assert (again.code, again.status, again.detail) == ("INCOMPLETE", 409, "还差照片。")
    assert again.errors == [fault]
    assert again.extra == {"faults": [{"code": "PHOTO_MISSING", "count": 3}]}


def test_a_code_that_this_process_does_not_know_becomes_internal() -> None:
    wire = {**AppError("STALE").to_wire(), "code": "FROM_A_NEWER_SERVICE"}
    assert AppError.from_wire(wire).code == "INTERNAL"


def test_an_unregistered_code_can_not_be_raised() -> None:
    with pytest.raises(KeyError):
        AppError("NO_SUCH_CODE")


def test_a_call_knows_its_method_and_its_reply() -> None:
    assert ListThings.method() == "list_things"
    assert ListThings.reply_type() is Page[Thing]
    assert list(calls_of("warehouse")) == [ListThings]


def test_a_reply_may_gain_fields_that_an_older_caller_ignores() -> None:
    assert Thing.model_validate({"id": "1", "new": True}) == Thing(id="1")


def test_an_event_belongs_to_the_stream_of_its_kind_and_application() -> None:
    assert Moved(application_id="a-1").stream_id() == "thing:a-1"
