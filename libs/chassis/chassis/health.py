"""``/healthz`` (alive), ``/readyz`` (its dependencies answer) and ``/metrics`` of a process, on loopback."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

Check = Callable[[], None]
"""Raises when the dependency does not answer; must have a deadline of its own."""


def _failing(checks: Mapping[str, Check]) -> dict[str, str]:
    faults: dict[str, str] = {}
    for name, check in checks.items():
        try:
            check()
        except Exception as fault:  # noqa: BLE001  # whatever a dependency raises means: not ready
            faults[name] = type(fault).__name__
    return faults


def serve(port: int, checks: Mapping[str, Check]) -> ThreadingHTTPServer:
    """Answers on 127.0.0.1 in a thread of its own until the process ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/metrics":
                self._answer(200, generate_latest(), CONTENT_TYPE_LATEST)
                return
            if self.path not in {"/healthz", "/readyz"}:
                self._answer(404, b"{}", "application/json")
                return
            faults = _failing(checks) if self.path == "/readyz" else {}
            body = json.dumps({"ready": not faults, "faults": faults}).encode()
            self._answer(503 if faults else 200, body, "application/json")

        def _answer(self, status: int, body: bytes, content_type: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class names it so
            """Probes come every few seconds: they are not logged."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    threading.Thread(target=server.serve_forever, name="health", daemon=True).start()
    return server
