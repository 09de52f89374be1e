"""Refusals, deadlines and request ids of the gRPC door."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2

from chassis import context
from contracts.certificate import FindCertificate, Verification, VerifyToken
from contracts.errors import ERROR_CODES, AppError
from contracts.registry import registry_pb2, registry_pb2_grpc
from gateway.grpc.statuses import DETAILS_KEY, status_of
from gateway.grpc_server import build
from gateway.services import Services
from gateway.settings import GrpcSettings, HttpSettings

FACTS = Verification(
    number="瓶32渝A0100001(26)",
    unit_name="示例燃气公司",
    variety="焊接气瓶",
    count=199,
    issued_on=date(2026, 11, 24),
    authority="示例局",
    state="superseded",
    state_name="已变更",
)


def with_stub(services: Services, work: Callable[[Any], Awaitable[None]]) -> None:
    async def run() -> None:
        server, _ = build(services)
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        try:
            async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
                await work(registry_pb2_grpc.RegistryStub(channel))  # type: ignore[no-untyped-call]  # generated
        finally:
            await server.stop(None)

    asyncio.run(run())


def refusal_of(services: Services, number: str) -> grpc.aio.AioRpcError:
    refused: list[grpc.aio.AioRpcError] = []

    async def work(stub: Any) -> None:
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await stub.GetCertificate(
                registry_pb2.GetCertificateRequest(number=number),
                timeout=5,
                metadata=(("x-request-id", "r-1"),),
            )
        refused.append(raised.value)

    with_stub(services, work)
    return refused[0]


def details_of(refused: grpc.aio.AioRpcError) -> status_pb2.Status:
    metadata: dict[Any, Any] = dict(refused.trailing_metadata())  # type: ignore[arg-type]  # pairs
    return status_pb2.Status.FromString(metadata[DETAILS_KEY])


def test_a_certificate_is_found_by_number_and_by_token(services: Services, transport: Any) -> None:
    transport.answer(FindCertificate, FACTS)
    transport.answer(VerifyToken, FACTS)

    async def work(stub: Any) -> None:
        by_number = await stub.GetCertificate(registry_pb2.GetCertificateRequest(number=FACTS.number))
        by_token = await stub.VerifyCertificate(registry_pb2.VerifyCertificateRequest(token="t-1"))
        assert by_number == by_token
        assert (by_number.state, by_number.issued_on) == ("superseded", "2026-11-24")

    with_stub(services, work)
    assert [asked.call for asked in transport.asked] == [
        FindCertificate(number=FACTS.number),
        VerifyToken(token="t-1"),
    ]


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("NOT_FOUND", grpc.StatusCode.NOT_FOUND),
        ("UPSTREAM_UNAVAILABLE", grpc.StatusCode.UNAVAILABLE),
        ("UPSTREAM_TIMEOUT", grpc.StatusCode.DEADLINE_EXCEEDED),
        ("FORBIDDEN", grpc.StatusCode.PERMISSION_DENIED),
        ("TOO_MANY_REQUESTS", grpc.StatusCode.RESOURCE_EXHAUSTED),
        ("STALE", grpc.StatusCode.ABORTED),
    ],
)
def test_a_refusal_has_its_status_and_says_which_it_is(
    services: Services, transport: Any, code: str, status: grpc.StatusCode
) -> None:
    transport.answer(FindCertificate, AppError(code))
    refused = refusal_of(services, "1")
    assert (refused.code(), refused.details()) == (status, ERROR_CODES[code].detail)
    info = error_details_pb2.ErrorInfo()
    assert details_of(refused).details[0].Unpack(info)
    assert (info.reason, info.domain, info.metadata["request_id"]) == (code, "pingzheng", "r-1")


@pytest.mark.parametrize("number", ["", "  ", "瓶" * 41, "a\0b"])
def test_what_can_be_no_number_is_an_invalid_argument(
    services: Services, transport: Any, number: str
) -> None:
    refused = refusal_of(services, number)
    assert refused.code() == grpc.StatusCode.INVALID_ARGUMENT
    violations = error_details_pb2.BadRequest()
    assert details_of(refused).details[1].Unpack(violations)
    assert violations.field_violations[0].field == "number"
    assert transport.asked == []


def test_what_nobody_foresaw_is_internal_without_a_word_of_the_inside(
    services: Services, transport: Any
) -> None:
    transport.answer(FindCertificate, RuntimeError("a secret of the inside"))
    refused = refusal_of(services, "1")
    assert refused.code() == grpc.StatusCode.INTERNAL
    assert "secret" not in str(refused.details())


@pytest.mark.parametrize(("timeout", "at_most"), [(2.0, 2.0), (None, 5.0)])
def test_the_clients_deadline_and_request_id_travel(
    services: Services, transport: Any, timeout: float | None, at_most: float
) -> None:
    left: list[float] = []

    def give(_: object) -> Verification:
        left.append(context.seconds_left(5.0))
        return FACTS

    transport.answers[FindCertificate] = give

    async def work(stub: Any) -> None:
        wanted = registry_pb2.GetCertificateRequest(number="1")
        await stub.GetCertificate(wanted, timeout=timeout, metadata=(("x-request-id", "r-9"),))

    with_stub(services, work)
    assert at_most - 1 < left[0] < at_most + 0.1
    assert transport.asked[0].request_id == "r-9"


@pytest.mark.parametrize("code", ERROR_CODES)
def test_every_code_has_a_status_that_says_more_than_unknown(code: str) -> None:
    internal = status_of(AppError(code)) == grpc.StatusCode.INTERNAL
    assert internal == (code == "INTERNAL")


def test_in_production_the_door_opens_with_client_certificates_only(
    settings: HttpSettings, tmp_path: Any
) -> None:
    given = {
        **settings.model_dump(),
        "pingzheng_env": "production",
        "amqp_url": "amqp://gateway:a-long-enough-secret@127.0.0.1:1/none",
        "s3_secret_key": "a-long-enough-secret",
        "grpc_port": 0,
    }
    with pytest.raises(ValueError, match="grpc_certificate_file"):
        GrpcSettings.model_validate(given)
    files = {
        name: tmp_path / name
        for name in ("grpc_certificate_file", "grpc_key_file", "grpc_client_authority_file")
    }
    assert GrpcSettings.model_validate({**given, **files}).tls == tuple(files.values())
