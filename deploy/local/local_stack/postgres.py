"""PostgreSQL: a private cluster of this stack, or an existing server by ``PINGZHENG_POSTGRES_URL``."""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import psycopg

from local_stack.credentials import Secrets
from local_stack.install import postgres_binary
from local_stack.layout import Layout
from local_stack.ports import HOST, Ports
from local_stack.postgres_folder import give, place, run_as_owner, system_user
from local_stack.program import Program

_SUPERUSER = "pingzheng"

# What our load needs on one machine; everything else is PostgreSQL's default.
_SETTINGS = {
    "listen_addresses": f"'{HOST}'",
    "unix_socket_directories": "''",
    "password_encryption": "'scram-sha-256'",
    "max_connections": "300",
    "shared_buffers": "'256MB'",
    "work_mem": "'16MB'",
    "maintenance_work_mem": "'256MB'",
    "max_wal_size": "'2GB'",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "timezone": "'Asia/Shanghai'",
    "log_timezone": "'Asia/Shanghai'",
    "log_line_prefix": "'%m [%p] %q%u@%d '",
    "log_min_duration_statement": "'1s'",
    "client_connection_check_interval": "'2s'",
}
_ACCESS_FILE = "pingzheng_hba.conf"
_ACCESS = f"host all all {HOST}/32 scram-sha-256\n"


@dataclass(frozen=True)
class ExistingPostgres:
    """A server that somebody else runs; its URL is that of a superuser."""

    admin_url: str
    title: str = "PostgreSQL"
    program_names: tuple[str, ...] = ()
    private: bool = False

    def prepare(self) -> None:
        """Nothing to prepare."""

    def programs(self) -> list[Program]:
        return []

    def check(self) -> None:
        _connect(self.admin_url)


@dataclass(frozen=True)
class PrivatePostgres:
    """A cluster below the stack's root; run as ``postgres`` when root starts it."""

    layout: Layout
    ports: Ports
    secrets: Secrets
    title: str = "PostgreSQL"
    program_names: tuple[str, ...] = ("postgres",)
    private: bool = True

    @property
    def admin_url(self) -> str:
        password = self.secrets.get("postgres.superuser")
        return f"postgresql://{_SUPERUSER}:{password}@{HOST}:{self.ports['postgres']}/postgres"

    def prepare(self) -> None:
        # Written last: a folder without it was cut off while it was made.
        if not (self.layout.postgres / _ACCESS_FILE).exists():
            self._create_cluster()
        folder = self.layout.postgres
        settings = {
            **_SETTINGS,
            "port": str(self.ports["postgres"]),
            "hba_file": f"'{folder.resolve()}/{_ACCESS_FILE}'",
        }
        self._write("pingzheng.conf", "".join(f"{name} = {value}\n" for name, value in settings.items()))
        self._write(_ACCESS_FILE, _ACCESS)

    def programs(self) -> list[Program]:
        folder = self.layout.postgres.resolve()
        binary = postgres_binary("postgres", _version(folder))
        return [
            Program(
                name="postgres",
                command=(str(binary), "-D", str(folder), "-c", f"config_file={folder}/pingzheng.conf"),
                directory=Path("/"),
                priority=10,
                stop_signal="INT",  # fast shutdown: open connections are ended, then a checkpoint
                user=system_user(),
            )
        ]

    def check(self) -> None:
        _connect(self.admin_url)

    def _create_cluster(self) -> None:
        folder = place(self.layout)
        initdb = postgres_binary("initdb")
        with tempfile.NamedTemporaryFile("w", prefix="pingzheng-") as password:
            password.write(self.secrets.get("postgres.superuser"))
            password.flush()
            give(Path(password.name))
            locale = "C.UTF-8" if os.uname().sysname == "Linux" else "en_US.UTF-8"
            run_as_owner(
                [
                    str(initdb), "-D", str(folder), "-U", _SUPERUSER, "--auth=scram-sha-256",
                    f"--pwfile={password.name}", "--encoding=UTF8", f"--locale={locale}", "--data-checksums",
                ]
            )  # fmt: skip

    def _write(self, name: str, text: str) -> None:
        path = self.layout.postgres / name
        path.write_text(text, encoding="utf-8")
        give(path)


def _version(folder: Path) -> str:
    return (folder / "PG_VERSION").read_text(encoding="ascii").strip()


def _connect(url: str) -> None:
    psycopg.connect(url, connect_timeout=2).close()
