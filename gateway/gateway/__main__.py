"""``python -m gateway``: HTTP on loopback until SIGTERM, then what runs is finished."""

from __future__ import annotations

import sys
from types import FrameType

import uvicorn
from fastapi import FastAPI

from chassis import health, logs, tracing
from chassis.async_rpc import AsyncRpcClient
from chassis.storage import Storage
from chassis.tokens import Signer, Verifier
from gateway.app import create_app
from gateway.services import Services
from gateway.settings import HttpSettings
from gateway.site import Site

DRAIN_S = 20


class Server(uvicorn.Server):
    """Tells the long answers (progress of an import) to end when the process is asked to stop."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002  # as the base class has it
        """Only notes it: the base class would raise the signal again after the drain, and the exit code be -15."""
        self._app.state.stopping.set()
        self.should_exit = True


def main() -> None:
    """Reads the settings, serves, and returns when everything is drained."""
    settings = HttpSettings()
    logs.configure(settings.process)
    tracing.start(settings)
    services = Services(
        AsyncRpcClient(settings.amqp_url.get_secret_value(), settings.process),
        Signer("gateway", settings.private_key_file),
    )
    app = create_app(services, Verifier(settings.public_keys_dir), Storage(settings), Site.of(settings))
    health.serve(settings.health_port, {"broker": services.check_ready})
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=settings.http_port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=DRAIN_S,
    )
    server = Server(config, app)
    server.run()
    if not server.started:
        sys.exit(1)


if __name__ == "__main__":
    main()
