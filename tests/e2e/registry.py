"""The gRPC interface for other provincial systems, known by reflection alone: no generated code is needed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self, TypeVar

import grpc
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.json_format import MessageToDict
from google.protobuf.message_factory import GetMessageClass
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from tests.e2e.checking import wait_for

Reply = TypeVar("Reply")
SERVICE = "pingzheng.registry.v1.Registry"
_PASSING = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)


class Registry:
    """Asks the registry at ``address``, patiently."""

    def __init__(self, address: str) -> None:
        # A killed server is asked again within a second, not after gRPC's own growing pauses.
        options = [("grpc.max_reconnect_backoff_ms", 500), ("grpc.initial_reconnect_backoff_ms", 100)]
        self._channel = grpc.insecure_channel(address, options=options)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._channel.close()

    def wait_until_serving(self) -> None:
        """Returns when its health service says so; one that has just started needs a moment."""
        stub = health_pb2_grpc.HealthStub(self._channel)
        request = health_pb2.HealthCheckRequest(service=SERVICE)

        def status() -> object:
            return self._patiently(lambda: stub.Check(request, timeout=5)).status

        wait_for("the registry serves", status, lambda got: got == health_pb2.HealthCheckResponse.SERVING, 60)

    def ask(self, method: str, **fields: Any) -> dict[str, Any]:
        """The reply of one method as a dictionary with the proto's own names; raises grpc.RpcError."""
        return self._patiently(lambda: self._ask(method, fields))

    def _ask(self, method: str, fields: dict[str, Any]) -> dict[str, Any]:
        pool = DescriptorPool(ProtoReflectionDescriptorDatabase(self._channel))
        described = pool.FindServiceByName(SERVICE).methods_by_name[method]
        call = self._channel.unary_unary(
            f"/{SERVICE}/{method}",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=GetMessageClass(described.output_type).FromString,
        )
        reply = call(GetMessageClass(described.input_type)(**fields), timeout=10)
        return MessageToDict(
            reply, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
        )

    def _patiently(self, ask: Callable[[], Reply]) -> Reply:
        def once() -> list[Reply]:
            try:
                return [ask()]
            except grpc.RpcError as fault:
                if fault.code() in _PASSING:
                    return []
                raise

        return wait_for("the registry answers", once, bool, 60)[0]
