"""pingzheng.registry.v1.Registry: what other provincial systems may ask."""

from __future__ import annotations

from contracts.call import Call
from contracts.certificate import FindCertificate, Verification, VerifyToken
from contracts.errors import AppError, FieldFault
from contracts.registry import registry_pb2, registry_pb2_grpc
from gateway.grpc.answering import Asked, answering
from gateway.services import Services

NAME = registry_pb2.DESCRIPTOR.services_by_name["Registry"].full_name


class Registry(registry_pb2_grpc.RegistryServicer):
    """Asks the services as the gateway; who asks here is told by the client's certificate."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def GetCertificate(  # noqa: N802  # named by the interface
        self, request: registry_pb2.GetCertificateRequest, context: Asked
    ) -> registry_pb2.Certificate:
        """By number."""

        async def work() -> registry_pb2.Certificate:
            _must_have("number", request.number)
            return await self._certificate(FindCertificate(number=request.number))

        return await answering("GetCertificate", context, work)

    async def VerifyCertificate(  # noqa: N802  # named by the interface
        self, request: registry_pb2.VerifyCertificateRequest, context: Asked
    ) -> registry_pb2.Certificate:
        """By the token of the QR code."""

        async def work() -> registry_pb2.Certificate:
            _must_have("token", request.token)
            return await self._certificate(VerifyToken(token=request.token))

        return await answering("VerifyCertificate", context, work)

    async def _certificate(self, call: Call[Verification]) -> registry_pb2.Certificate:
        facts = await self._services.call(call, token=self._services.own_token())
        return registry_pb2.Certificate(
            number=facts.number,
            unit_name=facts.unit_name,
            variety=facts.variety,
            count=facts.count,
            issued_on=facts.issued_on.isoformat(),
            authority=facts.authority,
            state=facts.state,
            state_name=facts.state_name,
        )


def _must_have(field: str, value: str) -> None:
    if not value.strip() or "\0" in value:
        fault = FieldFault(field=field, code="missing", message="必填，请填写")
        raise AppError("VALIDATION", errors=[fault])
