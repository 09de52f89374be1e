"""A stack: three servers and every process, below one root folder."""

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from local_stack.blueprint import Blueprint, Table
from local_stack.credentials import ensure_key_pairs
from local_stack.databases import close_common_databases, ensure_database
from local_stack.errors import StackError
from local_stack.health import wait_until_ready
from local_stack.install import ensure_installed
from local_stack.leftovers import end_leftovers
from local_stack.migrations import migrate, module_exists, run_step
from local_stack.minio_server import ensure_bucket
from local_stack.processes import SERVICES, WORKERS, Process, process_table
from local_stack.program import Program
from local_stack.remembered import file_lock, write_json
from local_stack.supervisor import ProcessState, Supervisor

_GATEWAY = "gateway"
_MOST_WORKERS = 64
# Ports of the processes; the others belong to the servers.
_PROCESS_PORTS = ("health-", "gateway_")

Say = Callable[[str], None]


def _say_nothing(line: str) -> None:
    """The default: progress interests only a person who waits."""


class Stack(Blueprint):
    """The servers and processes below ``root`` (``.run`` for the checkout, ``.run/test`` for tests).

    ``env`` and ``table`` as for Blueprint; ``say`` gets lines of progress. Two stacks with different roots
    never disturb each other. Changes of one stack exclude each other by a file lock, so several processes
    may call ``servers_up`` at the same time.
    """

    # How long all processes together may take to be ready.
    ready_seconds: float = 120

    def __init__(
        self, root: Path, *, env: str = "local", table: Table = process_table, say: Say = _say_nothing
    ) -> None:
        super().__init__(root, env=env, table=table)
        self.supervisor = Supervisor(self.layout)
        self._say = say

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
            if not self._known_processes():
                self.ports.replace_taken(_PROCESS_PORTS)
            self._say(f"starting {len(self.processes)} processes")
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
                self.supervisor.stop(self._known_processes())
                self.supervisor.stop([state.name for state in self.supervisor.states()])
                self.supervisor.shutdown()
            return end_leftovers(self.layout)

    def wait_ready(self) -> None:
        """Return when /readyz of every process answers 200, and supervisor says that it runs, too.

        NotReady shows the logs of those that are not ready in time.
        """
        ports = {process.name: self.health_port(process.name) for process in self.processes}
        wait_until_ready(ports, self.layout.log, self.ready_seconds)
        self.supervisor.wait_started()

    def status(self) -> list[ProcessState]:
        """One entry for each program, servers first; all of them ``stopped`` when the stack is down."""
        names = [*self.backing.program_names, *(process.name for process in self.processes)]
        running = self.supervisor.states() if self.supervisor.is_running() else []
        known = {state.name: state for state in running}
        others = [state for state in running if state.name not in names]
        return [known.get(name, ProcessState(name, "stopped")) for name in names] + others

    def scale(self, numbers: Mapping[str, int]) -> None:
        """Remember how many of each kind of worker there are to be, and start or stop just the difference."""
        _check_scale(numbers)
        with self._locked():
            write_json(self.layout.scale, {**self.worker_counts(), **numbers})
            if self.supervisor.is_running() and self._known_processes():
                self._apply(self.processes)
                self.wait_ready()

    def restart(self, names: Sequence[str]) -> None:
        """Restart these programs in an orderly way, all of them at the same time."""
        known = {state.name for state in self.supervisor.states()}
        if unknown := [name for name in names if name not in known]:
            raise StackError(f"no such process: {', '.join(unknown)}; there are: {', '.join(sorted(known))}")
        with self._locked():
            self.supervisor.restart(names)

    def _locked(self) -> AbstractContextManager[None]:
        self.layout.create()
        return file_lock(self.layout.lock)

    def _servers_up(self) -> None:
        if not self.supervisor.is_running():
            ensure_installed()
            end_leftovers(self.layout)
            self.ports.replace_taken()
            self._say("starting PostgreSQL, RabbitMQ and MinIO")
            self.backing.prepare()
            self.supervisor.configure(self.backing.programs())
            self.supervisor.start()
        self.backing.wait()
        if self.backing.postgres.private:
            close_common_databases(self.backing.postgres.admin_url)
        ensure_bucket(self.s3)
        ensure_key_pairs(self.layout.keys, (*SERVICES, _GATEWAY))

    def _prepare_databases(self) -> None:
        admin = self.backing.postgres.admin_url
        for service in self.services:
            ensure_database(admin, self.database(service))
        self._say(f"migrating {len(self.services)} databases")
        environments = {service: self.migration_env(service) for service in self.services}
        migrate(environments, self.layout.root)
        if "identity" in environments and module_exists("identity.seed"):
            seeding = {**environments["identity"], "DEMO_PASSWORD": self.demo_password}
            run_step(("identity.seed",), seeding, self.layout.root)

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

    def _known_processes(self) -> list[str]:
        servers = self.backing.program_names
        return [state.name for state in self.supervisor.states() if state.name not in servers]


def _check_scale(numbers: Mapping[str, int]) -> None:
    for kind, number in numbers.items():
        if kind not in WORKERS:
            raise StackError(f"{kind} is no kind of worker; there are: {', '.join(WORKERS)}")
        if not 0 <= number <= _MOST_WORKERS:
            raise StackError(f"{kind}={number}: from 0 to {_MOST_WORKERS} are possible")
