"""A service that ends itself by SIGKILL at a point between two steps of a saga: python -m tests.resilience.cutting

CUT_OF names the module of the service. The file CUT_AT names the points, one a line, in the order in which they come:
``before METHOD`` or ``after METHOD`` of a call to another service; ``committed``, when the submission is done and not
yet answered; ``refuse METHOD``, where it does not die but takes the call for failed although it was made. A point is
taken out of the file when it has come.
"""

from __future__ import annotations

import chassis.nameko_entry  # noqa: F401  # isort: skip  # for its patch of the process, which comes first
import os
import runpy
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from chassis.rpc import RpcClient
from contracts.call import Call
from contracts.errors import AppError
from review.application import submit


def _has_come(point: str) -> bool:
    file = Path(os.environ["CUT_AT"])
    points = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    if points[:1] != [point]:
        return False
    file.write_text("\n".join(points[1:]), encoding="utf-8")
    return True


def _pass(point: str) -> None:
    if _has_come(point):
        os.kill(os.getpid(), signal.SIGKILL)


def _mortal_call(call: Callable[..., Any]) -> Callable[..., Any]:
    def called(client: RpcClient, request: Call[Any], **options: Any) -> Any:
        _pass(f"before {request.method()}")
        reply = call(client, request, **options)
        _pass(f"after {request.method()}")
        if _has_come(f"refuse {request.method()}"):
            raise AppError("UPSTREAM_UNAVAILABLE")
        return reply

    return called


def _mortal_finish(finish: Callable[..., None]) -> Callable[..., None]:
    def finished(*arguments: Any) -> None:
        finish(*arguments)
        _pass("committed")

    return finished


if __name__ == "__main__":
    RpcClient.call = _mortal_call(RpcClient.call)  # type: ignore[method-assign]  # that is what this is for
    submit._finish = _mortal_finish(submit._finish)
    runpy.run_module(os.environ["CUT_OF"], run_name="__main__", alter_sys=True)
