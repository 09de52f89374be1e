"""Refusals as gRPC knows them: a standard status code with a google.rpc.ErrorInfo detail."""

from __future__ import annotations

import grpc
from google.protobuf import any_pb2
from google.rpc import error_details_pb2, status_pb2

from chassis import context
from contracts.errors import AppError

DOMAIN = "pingzheng"
DETAILS_KEY = "grpc-status-details-bin"

# By the code where its HTTP status says too little, else by the HTTP status.
_BY_CODE = {"STALE": grpc.StatusCode.ABORTED}
_BY_STATUS = {
    401: grpc.StatusCode.UNAUTHENTICATED,
    403: grpc.StatusCode.PERMISSION_DENIED,
    404: grpc.StatusCode.NOT_FOUND,
    409: grpc.StatusCode.FAILED_PRECONDITION,
    413: grpc.StatusCode.INVALID_ARGUMENT,
    415: grpc.StatusCode.INVALID_ARGUMENT,
    422: grpc.StatusCode.INVALID_ARGUMENT,
    423: grpc.StatusCode.PERMISSION_DENIED,
    429: grpc.StatusCode.RESOURCE_EXHAUSTED,
    503: grpc.StatusCode.UNAVAILABLE,
    504: grpc.StatusCode.DEADLINE_EXCEEDED,
}


def status_of(error: AppError) -> grpc.StatusCode:
    """The status code; INTERNAL for what has none of its own."""
    by_status = _BY_STATUS.get(error.status, grpc.StatusCode.INTERNAL)
    return _BY_CODE.get(error.code, by_status)


def details_of(error: AppError) -> bytes:
    """A serialised google.rpc.Status: ErrorInfo, and BadRequest where fields are at fault."""
    info = error_details_pb2.ErrorInfo(
        reason=error.code, domain=DOMAIN, metadata={"request_id": context.request_id.get()}
    )
    status = status_pb2.Status(code=status_of(error).value[0], message=error.detail)
    status.details.append(_packed(info))
    if error.errors:
        violations = [
            error_details_pb2.BadRequest.FieldViolation(field=fault.field, description=fault.message)
            for fault in error.errors
        ]
        status.details.append(_packed(error_details_pb2.BadRequest(field_violations=violations)))
    return bytes(status.SerializeToString())


def _packed(detail: error_details_pb2.ErrorInfo | error_details_pb2.BadRequest) -> any_pb2.Any:
    packed = any_pb2.Any()
    packed.Pack(detail)
    return packed
