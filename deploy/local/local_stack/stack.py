"""A stack: three servers and every process, below one root folder."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

from local_stack.backing import choose_backing
from local_stack.credentials import Secrets, ensure_key_pairs
from local_stack.databases import Database, admin_url_of, close_common_databases, ensure_database
from local_stack.environment import Reach, extra_environment
from local_stack.health import wait_until_ready
from local_stack.install import ensure_installed
from local_stack.layout import REPOSITORY, Layout, cache_folder
from local_stack.leftovers import end_leftovers
from local_stack.migrations import migrate, module_exists, run_step
from local_stack.minio_server import ensure_bucket
from local_stack.ports import HOST, Ports
from local_stack.processes import SERVICES, WORKERS, Process, process_table, worker_counts
from local_stack.program import Program
from local_stack.remembered import file_lock, read_json, write_json
from local_stack.servers import S3
from local_stack.supervisor import ProcessState, Supervisor, base_environment

GATEWAY = "gateway"
_READY_SECONDS = 120
_MOST_WORKERS = 64
# Ports of the processes; the others belong to the servers.
_PROCESS_PORTS = ("health-", "gateway_")

Table = Callable[[Mapping[str, int]], list[Process]]


class Stack:
    """The servers and processes below ``root`` (``.run`` for the checkout, ``.run/test`` for tests).

    ``env`` becomes PINGZHENG_ENV. ``table`` names the processes for given numbers of workers.
    Two stacks with different roots never disturb each other. Changes of one stack exclude each other by a
    file lock, so several processes may call ``servers_up`` at the same time.
    """

    def __init__(self, root: Path, *, env: str = "local", table: Table = process_table) -> None:
        self.layout = Layout(root.resolve())
        self.env = env
        self.ports = Ports(self.layout.ports, cache_folder() / "ports.json")
        self.secrets = Secrets(self.layout.secrets)
        self.supervisor = Supervisor(self.layout)
        self.backing = choose_backing(self.layout, self.ports, self.secrets)
        self._table = table

    # --- what it runs -------------------------------------------------------------------------------------

    @property
    def processes(self) -> list[Process]:
        """Every process that is to run, with the remembered number of each worker."""
        return self._table(read_json(self.layout.scale))

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
            raise LookupError(
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

    # --- start and stop -----------------------------------------------------------------------------------

    def servers_up(self) -> None:
        """Install what is missing, start the three servers unless they run, and wait until each answers.

        The bucket and the key pairs exist afterwards; databases are made by ``up``.
        """
        with self._locked():
            self._servers_up()

    def up(self) -> None:
        """Start everything: servers, databases, migrations, seeds, processes; return when every one is ready.

        Doing it again starts what is missing and touches nothing that runs.
        """
        with self._locked():
            self._servers_up()
            self._prepare_databases()
            if not self._running_processes():
                self.ports.replace_taken(_PROCESS_PORTS)
            self._apply(self.processes)
            self.wait_ready()

    def processes_down(self) -> None:
        """Stop the processes and leave the servers running."""
        with self._locked():
            if self.supervisor.is_running():
                self._apply([])

    def down(self) -> list[str]:
        """Stop everything; nothing of this stack runs afterwards. Returns the strays that had to be ended."""
        with self._locked():
            if self.supervisor.is_running():
                self.supervisor.stop(self._running_processes())
                self.supervisor.shutdown()
            return end_leftovers(self.layout)

    def wait_ready(self, seconds: float = _READY_SECONDS) -> None:
        """Return when /readyz of every process answers 200; NotReady shows the logs of the others."""
        ports = {process.name: self.health_port(process.name) for process in self.processes}
        wait_until_ready(ports, self.layout.log, seconds)

    # --- look and change ----------------------------------------------------------------------------------

    def status(self) -> list[ProcessState]:
        """One entry for each program, servers first; all of them ``stopped`` when the stack is down."""
        programs = [program.name for program in self.backing.programs()] + [
            each.name for each in self.processes
        ]
        known = (
            {state.name: state for state in self.supervisor.states()} if self.supervisor.is_running() else {}
        )
        extra = [state for name, state in known.items() if name not in programs]
        return [known.get(name, ProcessState(name, "stopped")) for name in programs] + extra

    def scale(self, numbers: Mapping[str, int]) -> None:
        """Remember how many of each kind of worker there are to be, and start or stop just the difference."""
        _check_scale(numbers)
        with self._locked():
            write_json(self.layout.scale, {**worker_counts(read_json(self.layout.scale)), **numbers})
            if self.supervisor.is_running() and self._running_processes():
                self._apply(self.processes)
                self.wait_ready()

    def restart(self, names: Sequence[str]) -> None:
        """Restart these programs in an orderly way, all of them at the same time."""
        known = {state.name for state in self.supervisor.states()}
        if unknown := [name for name in names if name not in known]:
            raise LookupError(f"no such process: {', '.join(unknown)}; there are: {', '.join(sorted(known))}")
        with self._locked():
            self.supervisor.restart(names)

    # --- steps --------------------------------------------------------------------------------------------

    def _locked(self) -> AbstractContextManager[None]:
        self.layout.create()
        return file_lock(self.layout.lock)

    def _servers_up(self) -> None:
        if not self.supervisor.is_running():
            ensure_installed()
            end_leftovers(self.layout)
            self.ports.replace_taken()
            self.backing.prepare()
            self.supervisor.configure(self.backing.programs())
            self.supervisor.start()
        self.backing.wait()
        if self.backing.postgres.private:
            close_common_databases(self.backing.postgres.admin_url)
        ensure_bucket(self.s3)
        ensure_key_pairs(self.layout.keys, (*SERVICES, GATEWAY))

    def _prepare_databases(self) -> None:
        admin = self.backing.postgres.admin_url
        for service in self.services:
            ensure_database(admin, self.database(service))
        environments = {service: self.migration_env(service) for service in self.services}
        migrate(environments, self.layout.root)
        if "identity" in environments and module_exists("identity.seed"):
            run_step(("identity.seed",), environments["identity"], self.layout.root)

    def _apply(self, processes: Sequence[Process]) -> None:
        self.supervisor.configure([*self.backing.programs(), *map(self._program, processes)])
        self.supervisor.apply()

    def _program(self, process: Process) -> Program:
        return Program(
            name=process.name,
            command=(sys.executable, "-m", process.module),
            directory=self.layout.root,
            environment=self.process_env(process.name),
            priority=process.priority,
        )

    def _running_processes(self) -> list[str]:
        servers = {program.name for program in self.backing.programs()}
        return [state.name for state in self.supervisor.states() if state.name not in servers]


def checkout_stack() -> Stack:
    """The stack of this checkout, below ``.run`` or where ``PINGZHENG_RUN`` says."""
    return Stack(Path(os.environ.get("PINGZHENG_RUN") or REPOSITORY / ".run"))


def _check_scale(numbers: Mapping[str, int]) -> None:
    for kind, number in numbers.items():
        if kind not in WORKERS:
            raise ValueError(f"{kind} is no kind of worker; there are: {', '.join(WORKERS)}")
        if not 0 <= number <= _MOST_WORKERS:
            raise ValueError(f"{kind}={number}: from 0 to {_MOST_WORKERS} are possible")
