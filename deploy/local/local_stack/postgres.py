"""PostgreSQL: a private cluster of this stack, or an existing server by ``PINGZHENG_POSTGRES_URL``."""

import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import psycopg

from local_stack.credentials import Secrets
from local_stack.install import MissingSoftware, postgres_binary
from local_stack.layout import Layout
from local_stack.ports import HOST, Ports
from local_stack.program import Program

SYSTEM_USER = "postgres"
_SUPERUSER = "pingzheng"
_OUTSIDE = (Path("/var/lib"), Path("/var/tmp"))  # noqa: S108 - a folder of mode 700 is made there

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
_ACCESS = f"host all all {HOST}/32 scram-sha-256\n"


@dataclass(frozen=True)
class ExistingPostgres:
    """A server that somebody else runs; its URL is that of a superuser."""

    admin_url: str
    title: str = "PostgreSQL"
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
    private: bool = True

    @property
    def admin_url(self) -> str:
        password = self.secrets.get("postgres.superuser")
        return f"postgresql://{_SUPERUSER}:{password}@{HOST}:{self.ports['postgres']}/postgres"

    def prepare(self) -> None:
        if not (self.layout.postgres / "PG_VERSION").exists():
            self._create_cluster()
        folder = self.layout.postgres
        settings = {
            **_SETTINGS,
            "port": str(self.ports["postgres"]),
            "hba_file": f"'{folder.resolve()}/pingzheng_hba.conf'",
        }
        self._write("pingzheng.conf", "".join(f"{name} = {value}\n" for name, value in settings.items()))
        self._write("pingzheng_hba.conf", _ACCESS)

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
                user=_owner(),
            )
        ]

    def check(self) -> None:
        _connect(self.admin_url)

    def _create_cluster(self) -> None:
        folder = _place(self.layout)
        initdb = postgres_binary("initdb")
        with tempfile.NamedTemporaryFile("w", prefix="pingzheng-") as password:
            password.write(self.secrets.get("postgres.superuser"))
            password.flush()
            _give(Path(password.name))
            locale = "C.UTF-8" if os.uname().sysname == "Linux" else "en_US.UTF-8"
            _run_as_owner(
                [
                    str(initdb), "-D", str(folder), "-U", _SUPERUSER, "--auth=scram-sha-256",
                    f"--pwfile={password.name}", "--encoding=UTF8", f"--locale={locale}", "--data-checksums",
                ]
            )  # fmt: skip

    def _write(self, name: str, text: str) -> None:
        path = self.layout.postgres / name
        path.write_text(text, encoding="utf-8")
        _give(path)


def _place(layout: Layout) -> Path:
    """An empty folder that the server's user owns and can reach, at or linked from ``.run/postgres``."""
    inside = layout.postgres
    if inside.is_symlink():
        inside.unlink()
    if inside.exists():
        shutil.rmtree(inside)  # a creation that was cut off: there is no PG_VERSION in it
    inside.mkdir(mode=0o700)
    _give(inside)
    if _reachable(inside):
        return inside
    inside.rmdir()
    outside = _outside(layout)
    inside.symlink_to(outside)
    return outside


def _outside(layout: Layout) -> Path:
    """A folder outside a checkout that the server's user cannot reach, one below /root for example."""
    for parent in _OUTSIDE:
        folder = parent / f"pingzheng-postgres-{layout.fingerprint}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        _give(folder)
        if _reachable(folder):
            return folder
        folder.rmdir()
    raise PermissionError(
        f"{SYSTEM_USER} can reach neither {layout.root} nor {' nor '.join(map(str, _OUTSIDE))}"
    )


def _reachable(folder: Path) -> bool:
    return (
        subprocess.run(
            ["test", "-w", str(folder)], user=_owner(), cwd="/", timeout=10, check=False
        ).returncode
        == 0
    )


def _owner() -> str | None:
    """The system user that the server runs as: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        raise MissingSoftware(
            f"root needs the system user {SYSTEM_USER}: useradd --system {SYSTEM_USER}"
        ) from None
    return SYSTEM_USER


def _give(path: Path) -> None:
    if owner := _owner():
        shutil.chown(path, owner, pwd.getpwnam(owner).pw_gid)


def _run_as_owner(command: list[str]) -> None:
    done = subprocess.run(
        command, user=_owner(), cwd="/", capture_output=True, text=True, timeout=120, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed: {done.stdout}{done.stderr}".strip())


def _version(folder: Path) -> str:
    return (folder / "PG_VERSION").read_text(encoding="ascii").strip()


def _connect(url: str) -> None:
    psycopg.connect(url, connect_timeout=2).close()
