"""One more try for what surely was not sent, and for nothing else."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aio_pika.exceptions import DeliveryError
from pamqp.commands import Basic

from contracts.errors import AppError
from contracts.importer import ListMedia
from contracts.review import OpenApplication
from gateway import services as gateway_services
from gateway.services import Services


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway_services, "AGAIN_AFTER_S", 0.0)


def not_routed() -> AppError:
    error = AppError("UPSTREAM_UNAVAILABLE")
    error.__cause__ = DeliveryError(None, Basic.Return(312, "NO_ROUTE"))
    return error


def lost_on_the_way() -> AppError:
    error = AppError("UPSTREAM_UNAVAILABLE")
    error.__cause__ = ConnectionResetError("lost")
    return error


def tries(services: Services, transport: Any, refusal: AppError) -> list[str | None]:
    """The keys of the requests that were made."""
    call = OpenApplication(category="2300", registration_reason="NEW")
    transport.answer(OpenApplication, refusal)
    with pytest.raises(AppError) as raised:
        asyncio.run(services.call(call, token="t", key="k-1"))
    assert raised.value.code == refusal.code
    return [asked.key for asked in transport.asked]


def test_what_reached_nobody_is_asked_once_more_with_the_same_key(services: Services, transport: Any) -> None:
    assert tries(services, transport, not_routed()) == ["k-1", "k-1"]


@pytest.mark.parametrize(
    "refusal",
    [lost_on_the_way(), AppError("UPSTREAM_UNAVAILABLE"), AppError("UPSTREAM_TIMEOUT"), AppError("STALE")],
)
def test_anything_else_is_not_asked_again(services: Services, transport: Any, refusal: AppError) -> None:
    assert tries(services, transport, refusal) == ["k-1"]


def test_a_service_that_comes_back_meanwhile_is_not_missed(services: Services, transport: Any) -> None:
    answers: list[Any] = [not_routed(), "found"]

    def give(_: object) -> Any:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    transport.answers[ListMedia] = give
    assert asyncio.run(services.call(ListMedia(), token="t")) == "found"  # type: ignore[comparison-overlap]  # any answer is handed through
