"""The fixtures: each service's environment is alone, closed to others, and gone afterwards."""

from pathlib import Path

import amqp
import psycopg
import pytest
from tests.fixtures.servers import Servers, ServiceEnvironment

from local_stack.isolation import fresh_environment
from local_stack.minio_server import client


def _connect(url: str) -> psycopg.Connection:
    return psycopg.connect(url.replace("+psycopg", ""), connect_timeout=5, autocommit=True)


def test_a_runtime_role_owns_nothing_and_cannot_create(service_environment: ServiceEnvironment) -> None:
    environment = service_environment("identity")
    with _connect(environment["DATABASE_URL"]) as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TABLE mine (id int)")
        owned = connection.execute("SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole")
        assert owned.fetchone() == (0,)


def test_an_owner_creates_and_its_runtime_role_sees_only_what_it_is_granted(
    service_environment: ServiceEnvironment,
) -> None:
    environment = service_environment("review")
    with _connect(environment["OWNER_DATABASE_URL"]) as owner:
        owner.execute("CREATE TABLE decision (id int)")
    with (
        _connect(environment["DATABASE_URL"]) as runtime,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        runtime.execute("SELECT * FROM decision")


@pytest.mark.parametrize("role", ["DATABASE_URL", "OWNER_DATABASE_URL"])
def test_no_role_of_one_service_enters_the_database_of_another(
    service_environment: ServiceEnvironment, role: str
) -> None:
    identity, importer = service_environment("identity"), service_environment("importer")
    login, _, _ = identity[role].rpartition("/")
    _, _, other = importer[role].rpartition("/")
    for database in (other, "postgres"):
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            _connect(f"{login}/{database}").close()


def test_services_hear_each_other_only_when_they_share_a_virtual_host(
    service_environment: ServiceEnvironment,
) -> None:
    importer = service_environment("importer")
    assert service_environment("review", beside=importer)["AMQP_URL"] == importer["AMQP_URL"]
    assert service_environment("review")["AMQP_URL"] != importer["AMQP_URL"]


def test_the_environment_names_keys_and_a_bucket_that_exist(
    service_environment: ServiceEnvironment, servers: Servers
) -> None:
    environment = service_environment("gateway")
    assert "DATABASE_URL" not in environment
    assert Path(environment["PRIVATE_KEY_FILE"]).stat().st_mode & 0o777 == 0o600
    names = {path.stem for path in Path(environment["PUBLIC_KEYS_DIR"]).glob("*.pem")}
    assert names == {"identity", "importer", "attachments", "review", "certificate", "gateway"}
    assert client(servers.s3).bucket_exists(environment["S3_BUCKET"])


def test_guest_may_not_connect(servers: Servers) -> None:
    host = servers.amqp_url.rpartition("@")[2].partition("/")[0]
    with (
        pytest.raises(amqp.exceptions.AccessRefused),
        amqp.Connection(host, "guest", "guest", connect_timeout=5) as it,
    ):
        it.connect()


def test_databases_roles_and_virtual_hosts_are_gone_afterwards(servers: Servers) -> None:
    with fresh_environment(servers.stack, "certificate") as environment:
        name = environment["DATABASE_URL"].rpartition("/")[2]
        assert _left(servers, name) == (1, 2)
    assert _left(servers, name) == (0, 0)
    with pytest.raises(amqp.exceptions.NotAllowed):
        _open(environment["AMQP_URL"])


def _left(servers: Servers, name: str) -> tuple[int, int]:
    with _connect(servers.postgres_admin_url) as admin:
        row = admin.execute(
            "SELECT (SELECT count(*) FROM pg_database WHERE datname = %(name)s),"
            " (SELECT count(*) FROM pg_roles WHERE starts_with(rolname, %(name)s))",
            {"name": name},
        ).fetchone()
    assert row is not None
    return row[0], row[1]


def _open(url: str) -> None:
    login, _, place = url.removeprefix("amqp://").rpartition("@")
    user, _, password = login.partition(":")
    host, _, vhost = place.partition("/")
    with amqp.Connection(host, user, password, virtual_host=vhost, connect_timeout=5) as connection:
        connection.connect()
