"""``python -m gateway.grpc_server``: gRPC until SIGTERM, then what runs is finished. Its own process, no eventlet."""

from __future__ import annotations

import asyncio
import signal
from typing import Any

import grpc
from grpc_health.v1 import health as grpc_health
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from chassis import health, logs, tracing
from chassis.async_rpc import AsyncRpcClient
from chassis.tokens import Signer
from contracts.registry import registry_pb2_grpc
from gateway.grpc import registry
from gateway.services import Services
from gateway.settings import GrpcSettings

DRAIN_S = 10.0
HEALTH_EVERY_S = 1.0
HealthServicer = Any
"""grpc_health.v1.health.aio.HealthServicer, which the stubs leave out."""
OPTIONS = (
    ("grpc.max_receive_message_length", 1 << 20),
    ("grpc.so_reuseport", 0),  # two servers on one port would share it silently
)


def build(services: Services) -> tuple[grpc.aio.Server, HealthServicer]:
    """The server with its methods, health and reflection, not yet on a port."""
    server = grpc.aio.server(options=OPTIONS)
    registry_pb2_grpc.add_RegistryServicer_to_server(registry.Registry(services), server)  # type: ignore[no-untyped-call]  # generated without types
    health_servicer = grpc_health.aio.HealthServicer()  # type: ignore[attr-defined]  # not in the stubs
    health_pb2_grpc.add_HealthServicer_to_server(health_servicer, server)
    names = (registry.NAME, grpc_health.SERVICE_NAME, reflection.SERVICE_NAME)
    reflection.enable_server_reflection(names, server)
    return server, health_servicer


def listen(server: grpc.aio.Server, settings: GrpcSettings) -> int:
    """Opens the port: with TLS and client certificates when the settings name them, else plaintext on loopback."""
    address = f"{settings.grpc_host}:{settings.grpc_port}"
    if settings.tls is None:
        return server.add_insecure_port(f"127.0.0.1:{settings.grpc_port}")
    certificate, key, authority = (path.read_bytes() for path in settings.tls)
    credentials = grpc.ssl_server_credentials(
        [(key, certificate)], root_certificates=authority, require_client_auth=True
    )
    return server.add_secure_port(address, credentials)


async def tell_health(servicer: HealthServicer, services: Services) -> None:
    """Keeps the health service true: SERVING while the broker can be reached."""
    states = health_pb2.HealthCheckResponse
    while True:
        state = states.SERVING if services.transport.connected else states.NOT_SERVING
        for name in ("", registry.NAME):
            await servicer.set(name, state)
        await asyncio.sleep(HEALTH_EVERY_S)


async def serve(settings: GrpcSettings) -> None:
    """Serves until SIGTERM or SIGINT."""
    stopping = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stopping.set)
    client = AsyncRpcClient(settings.amqp_url.get_secret_value(), settings.process)
    services = Services(client, Signer("gateway", settings.private_key_file))
    await client.start()
    server, health_servicer = build(services)
    listen(server, settings)
    await server.start()
    telling = asyncio.create_task(tell_health(health_servicer, services), name="health")
    health.serve(settings.health_port, {"broker": services.check_ready})
    await stopping.wait()
    telling.cancel()
    await health_servicer.enter_graceful_shutdown()
    await server.stop(DRAIN_S)
    await client.close()


def main() -> None:
    """Reads the settings and serves."""
    settings = GrpcSettings()
    logs.configure(settings.process)
    tracing.start(settings)
    asyncio.run(serve(settings))


if __name__ == "__main__":
    main()
