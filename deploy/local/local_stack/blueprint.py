"""What a stack consists of: its processes, ports, databases, and the environment of each process."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from local_stack.backing import choose_backing
from local_stack.credentials import Secrets, random_password
from local_stack.databases import Database, admin_url_of
from local_stack.environment import Reach, extra_environment
from local_stack.errors import StackError
from local_stack.layout import Layout, cache_folder
from local_stack.ports import HOST, Ports
from local_stack.processes import SERVICES, Process, process_table, worker_counts
from local_stack.remembered import read_json
from local_stack.servers import S3
from local_stack.supervisor_conf import base_environment

Table = Callable[[Mapping[str, int]], list[Process]]


class Blueprint:
    """Everything that can be said about the stack below ``root`` without starting it.

    ``env`` becomes PINGZHENG_ENV. ``table`` names the processes for given numbers of workers.
    """

    def __init__(self, root: Path, *, env: str = "local", table: Table = process_table) -> None:
        self.layout = Layout(root.resolve())
        self.env = env
        self.ports = Ports(self.layout.ports, cache_folder() / "ports.json")
        self.secrets = Secrets(self.layout.secrets)
        self.backing = choose_backing(self.layout, self.ports, self.secrets)
        self._table = table

    @property
    def processes(self) -> list[Process]:
        """Every process that is to run, with the remembered number of each worker."""
        return self._table(read_json(self.layout.scale))

    def worker_counts(self) -> dict[str, int]:
        """How many processes of each kind of worker are to run."""
        return worker_counts(read_json(self.layout.scale))

    @property
    def services(self) -> list[str]:
        """The services with a database of their own."""
        used = {process.service for process in self.processes}
        return [service for service in SERVICES if service in used]

    @property
    def base_url(self) -> str:
        """Where the gateway answers: ``http://127.0.0.1:<port>``."""
        return f"http://{HOST}:{self.ports['gateway_http']}"

    @property
    def grpc_address(self) -> str:
        """Where gateway-grpc answers: ``127.0.0.1:<port>``."""
        return f"{HOST}:{self.ports['gateway_grpc']}"

    @property
    def s3(self) -> S3:
        return self.backing.storage.settings

    @property
    def amqp_url(self) -> str:
        return self.backing.rabbitmq.amqp_url()

    @property
    def demo_password(self) -> str:
        """The password of this checkout's demo accounts (identity.seed), of three classes of characters."""
        return self.secrets.get("demo.password", lambda: f"Demo-{random_password()[:12]}")

    def health_port(self, name: str) -> int:
        """The loopback port of this process's /healthz, /readyz and /metrics."""
        return self.ports[f"health-{name}"]

    def admin_url(self, service: str | None = None) -> str:
        """The superuser's URL (postgresql://…) for a service's database, or for the server's own."""
        admin = self.backing.postgres.admin_url
        return admin if service is None else admin_url_of(admin, self.database(service).name)

    def database(self, service: str) -> Database:
        """A service's database; on a server that is not ours its name carries this root's mark."""
        prefix = "" if self.backing.postgres.private else f"pz_{self.layout.fingerprint}_"
        name = f"{prefix}{service}"
        return Database(
            name=name,
            owner=f"{name}_owner",
            runtime=f"{name}_runtime",
            owner_password=self.secrets.get(f"postgres.{service}_owner"),
            runtime_password=self.secrets.get(f"postgres.{service}_runtime"),
        )

    def reach(self, service: str) -> Reach:
        """What processes of this service talk to; tests put fresh ones in their places."""
        return Reach(
            layout=self.layout,
            env=self.env,
            amqp_url=self.amqp_url,
            s3=self.s3,
            admin_url=self.backing.postgres.admin_url,
            database=self.database(service) if service in SERVICES else None,
            extra=self._extra(service, ""),
        )

    def process_env(self, name: str) -> dict[str, str]:
        """The environment of the process with this name, as it runs below supervisor."""
        process = next((each for each in self.processes if each.name == name), None)
        if process is None:
            raise StackError(
                f"no process {name}; there are: {', '.join(each.name for each in self.processes)}"
            )
        reach = replace(self.reach(process.service), extra=self._extra(process.service, name))
        environment = reach.environment(process.service, name, self.health_port(name))
        return {**base_environment(self.layout), **environment, **process.environment}

    def migration_env(self, service: str) -> dict[str, str]:
        """The environment of migrations and seeds of this service: with OWNER_DATABASE_URL."""
        return {**base_environment(self.layout), **self.reach(service).migration_environment(service)}

    def _extra(self, service: str, process: str) -> dict[str, str]:
        http, grpc = self.ports["gateway_http"], self.ports["gateway_grpc"]
        return extra_environment(service, process, self.layout.signing, http, grpc)
