"""A nameko service with nothing of ours: what it is given, it gives back. As many workers as our services have."""
# ruff: noqa: E402  # the patch must come before every other import

from __future__ import annotations

import os
import signal
import warnings
from typing import Any

warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")
import eventlet

eventlet.monkey_patch()

from nameko.rpc import rpc
from nameko.runners import ServiceRunner


class Echo:
    """Answers on the wire format of nameko, with nameko's own parts."""

    name = "echo"

    @rpc  # type: ignore[untyped-decorator]  # nameko has no types
    def echo(self, request: dict[str, Any]) -> dict[str, Any]:
        """The request itself."""
        return request


runner = ServiceRunner({"AMQP_URI": os.environ["AMQP_URL"], "max_workers": 10, "serializer": "json"})
runner.add_service(Echo)
signal.signal(signal.SIGTERM, lambda *_: eventlet.spawn(runner.stop))
runner.start()
runner.wait()
