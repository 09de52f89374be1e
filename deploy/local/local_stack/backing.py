"""The three servers of a stack: private ones, or existing ones by environment variable."""

import os
from dataclasses import dataclass

from local_stack.credentials import Secrets
from local_stack.layout import Layout
from local_stack.minio_server import ExistingStorage, PrivateMinio
from local_stack.ports import Ports
from local_stack.postgres import ExistingPostgres, PrivatePostgres
from local_stack.program import Program
from local_stack.rabbitmq import ExistingRabbitmq, PrivateRabbitmq
from local_stack.servers import Server, wait_for

_START_SECONDS = 90


@dataclass(frozen=True)
class Backing:
    """PostgreSQL, RabbitMQ and the object storage."""

    layout: Layout
    postgres: PrivatePostgres | ExistingPostgres
    rabbitmq: PrivateRabbitmq | ExistingRabbitmq
    storage: PrivateMinio | ExistingStorage

    def all(self) -> tuple[Server, ...]:
        return (self.postgres, self.rabbitmq, self.storage)

    def prepare(self) -> None:
        for server in self.all():
            server.prepare()

    def programs(self) -> list[Program]:
        return [program for server in self.all() for program in server.programs()]

    @property
    def program_names(self) -> list[str]:
        return [name for server in self.all() for name in server.program_names]

    def wait(self) -> None:
        """Return when each of them answers; ServerNotReady names the one that does not."""
        for server in self.all():
            logs = [self.layout.log / f"{name}.log" for name in server.program_names]
            wait_for(server.title, server.check, _START_SECONDS, logs)


def choose_backing(layout: Layout, ports: Ports, secrets: Secrets) -> Backing:
    """Existing servers where PINGZHENG_POSTGRES_URL, PINGZHENG_AMQP_URL or PINGZHENG_S3_URL name one."""
    postgres = os.environ.get("PINGZHENG_POSTGRES_URL")
    amqp = os.environ.get("PINGZHENG_AMQP_URL")
    management = os.environ.get("PINGZHENG_AMQP_MANAGEMENT_URL", "")
    storage = os.environ.get("PINGZHENG_S3_URL")
    return Backing(
        layout=layout,
        postgres=ExistingPostgres(postgres) if postgres else PrivatePostgres(layout, ports, secrets),
        rabbitmq=ExistingRabbitmq(amqp, management) if amqp else PrivateRabbitmq(layout, ports, secrets),
        storage=ExistingStorage(storage) if storage else PrivateMinio(layout, ports, secrets),
    )
