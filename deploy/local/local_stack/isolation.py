"""Fresh databases and virtual hosts on running servers: what a test of one service needs to be alone."""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from local_stack.credentials import random_password
from local_stack.databases import Database, drop_database, ensure_database
from local_stack.processes import SERVICES
from local_stack.stack import Stack
from local_stack.supervisor_conf import base_environment


@contextmanager
def fresh_database(stack: Stack, service: str) -> Iterator[Database]:
    """An empty database with two roles of its own; all three are gone afterwards."""
    name = f"t{secrets.token_hex(5)}_{service}"
    database = Database(name, f"{name}_owner", f"{name}_runtime", random_password(), random_password())
    admin = stack.backing.postgres.admin_url
    ensure_database(admin, database)
    try:
        yield database
    finally:
        drop_database(admin, database)


@contextmanager
def fresh_vhost(stack: Stack) -> Iterator[str]:
    """The AMQP URL of an empty virtual host, which is gone afterwards."""
    broker = stack.backing.rabbitmq
    name = f"t{secrets.token_hex(5)}"
    broker.management.create_vhost(name, broker.user)
    try:
        yield broker.amqp_url(name)
    finally:
        broker.management.delete_vhost(name)


@contextmanager
def fresh_environment(
    stack: Stack, service: str, beside: Mapping[str, str] | None = None
) -> Iterator[dict[str, str]]:
    """The whole environment of a process of ``service`` with a database and a virtual host of its own.

    ``beside`` is an earlier environment whose virtual host it shares, so that the two services hear each
    other. OWNER_DATABASE_URL is among the variables: a test migrates before it starts anything.
    """
    if beside is not None:
        with _with_database(stack, service, beside["AMQP_URL"]) as environment:
            yield environment
    else:
        with fresh_vhost(stack) as amqp_url, _with_database(stack, service, amqp_url) as environment:
            yield environment


@contextmanager
def _with_database(stack: Stack, service: str, amqp_url: str) -> Iterator[dict[str, str]]:
    reach = replace(stack.reach(service), env="test", amqp_url=amqp_url)
    port = stack.ports.transient()
    if service not in SERVICES:
        yield {**base_environment(stack.layout), **reach.environment(service, service, port)}
        return
    with fresh_database(stack, service) as database:
        own = replace(reach, database=database)
        yield {
            **base_environment(stack.layout),
            **own.migration_environment(service),
            **own.environment(service, service, port),
        }
