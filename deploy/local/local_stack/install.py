"""The software of the servers: found on this machine, or installed where that is possible."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local_stack.layout import cache_folder
from local_stack.remembered import file_lock

MINIO_MODULE = "github.com/minio/minio"
MINIO_VERSION = "v0.0.0-20260212201848-7aac2a2c5b7c"

_POLICY = Path("/usr/sbin/policy-rc.d")
_POSTGRES_COMMON = Path("/etc/postgresql-common")
_DEBIAN_POSTGRES = Path("/usr/lib/postgresql")
_DEBIAN_RABBITMQ = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
_FONT_FOLDERS = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path("/Library/Fonts"),
    Path("/System/Library/Fonts"),
)
_FONT = re.compile(r"(Noto|Source ?Han).*(CJK|SC)|PingFang|Songti", re.IGNORECASE)


class MissingSoftware(RuntimeError):
    """Something must be installed by hand; the message says what."""


@dataclass(frozen=True)
class Need:
    """A piece of software, the Debian package that brings it, and the variable that makes it unnecessary."""

    what: str
    package: str
    variable: str | None

    def message(self) -> str:
        other = f", or set {self.variable} to an existing server" if self.variable else ""
        return f"{self.what} is missing: install it (Debian package {self.package}){other}"


POSTGRES = Need("PostgreSQL 15 or later", "postgresql", "PINGZHENG_POSTGRES_URL")
RABBITMQ = Need("RabbitMQ 3.10 or later", "rabbitmq-server", "PINGZHENG_AMQP_URL")
FONTS = Need("a Chinese font (Noto CJK)", "fonts-noto-cjk", None)


def ensure_installed() -> None:
    """Install what this machine lacks; MissingSoftware names what only its owner can install."""
    missing = [need for need in _needs() if not _found(need)]
    if missing and _can_use_apt():
        _apt_install([need.package for need in missing])
        missing = [need for need in missing if not _found(need)]
    if missing:
        raise MissingSoftware("\n".join(need.message() for need in missing))
    if not os.environ.get("PINGZHENG_S3_URL"):
        ensure_minio()


def postgres_binary(name: str, version: str | None = None) -> Path:
    """A program of PostgreSQL, of the data's version or else of the newest one installed."""
    folders = sorted(_DEBIAN_POSTGRES.glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    if version:
        folders = [folder for folder in folders if folder.parent.name == version]
    if not folders and (config := shutil.which("pg_config")):
        found = subprocess.run([config, "--bindir"], capture_output=True, text=True, timeout=10, check=True)
        folders = [Path(found.stdout.strip())]
    for folder in folders:
        if (folder / name).exists():
            return folder / name
    raise MissingSoftware(POSTGRES.message())


def rabbitmq_server() -> Path:
    """RabbitMQ's own script; Debian's one on the PATH switches users and knows only the system's node."""
    if _DEBIAN_RABBITMQ.exists():
        return _DEBIAN_RABBITMQ
    if found := shutil.which("rabbitmq-server"):
        return Path(found)
    raise MissingSoftware(RABBITMQ.message())


def epmd_binary() -> Path:
    if found := shutil.which("epmd"):
        return Path(found)
    raise MissingSoftware("epmd is missing: it comes with Erlang, which RabbitMQ needs")


def minio_binary() -> Path:
    return cache_folder() / "bin" / "minio"


def ensure_minio() -> None:
    """Build MinIO of the pinned version once for this user; later calls find it."""
    target = minio_binary()
    with file_lock(cache_folder() / "minio.lock", seconds=3600):
        if target.exists() and _built_version(target) in (MINIO_VERSION, None):
            return
        _build_minio(target)


def _needs() -> list[Need]:
    return [
        each for each in (POSTGRES, RABBITMQ, FONTS) if not (each.variable and os.environ.get(each.variable))
    ]


def _found(need: Need) -> bool:
    if need is FONTS:
        return any(
            _FONT.search(path.name) for folder in _FONT_FOLDERS for path in folder.rglob("*.[to]t[cf]")
        )
    try:
        _ = postgres_binary("postgres") if need is POSTGRES else rabbitmq_server()
    except MissingSoftware:
        return False
    return True


def _can_use_apt() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def _apt_install(packages: list[str]) -> None:
    """Install without letting a package start a service or create a cluster of the system's own."""
    _say(f"installing {' '.join(packages)} with apt")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    apt = ["apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=300", "-o", "Dpkg::Use-Pty=0"]
    with _services_held_back():
        subprocess.run([*apt, "update"], env=environment, timeout=600, check=False)  # an old list may do
        done = subprocess.run(
            [*apt, "install", "--no-install-recommends", *packages],
            env=environment,
            timeout=1800,
            check=False,
        )
    if done.returncode:
        raise MissingSoftware(f"apt-get could not install {' '.join(packages)} (exit code {done.returncode})")


@contextmanager
def _services_held_back() -> Iterator[None]:
    """No service starts meanwhile, and PostgreSQL creates no cluster on a fresh machine."""
    made: list[Path] = []
    if not _POLICY.exists():
        _POLICY.write_text("#!/bin/sh\nexit 101\n", encoding="ascii")
        _POLICY.chmod(0o755)
        made.append(_POLICY)
    if not _POSTGRES_COMMON.exists():
        no_cluster = _POSTGRES_COMMON / "createcluster.d" / "pingzheng.conf"
        no_cluster.parent.mkdir(parents=True)
        no_cluster.write_text("create_main_cluster = false\n", encoding="ascii")
        made.append(no_cluster)
    try:
        yield
    finally:
        for path in made:
            path.unlink(missing_ok=True)


def _built_version(binary: Path) -> str | None:
    """The module version inside a Go program; None where no Go is there to ask."""
    if not (go := shutil.which("go")):
        return None
    done = subprocess.run(
        [go, "version", "-m", str(binary)], capture_output=True, text=True, timeout=30, check=False
    )
    found = re.search(rf"^\s*mod\s+{re.escape(MINIO_MODULE)}\s+(\S+)", done.stdout, re.MULTILINE)
    return found.group(1) if found else "unknown"


def _build_minio(target: Path) -> None:
    go = shutil.which("go")
    if go is None:
        raise MissingSoftware(
            "MinIO is missing: install Go 1.24 or later to build it, or set PINGZHENG_S3_URL"
        )
    _say(f"building MinIO {MINIO_VERSION} (once; some minutes)")
    draft = target.parent / "building"
    draft.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "GOBIN": str(draft), "CGO_ENABLED": "0", "GO111MODULE": "on"}
    command = [go, "install", "-v", f"{MINIO_MODULE}@{MINIO_VERSION}"]
    with subprocess.Popen(
        command, env=environment, cwd=draft, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as build:
        _show_progress(build.stdout or [])
    if build.returncode:
        raise MissingSoftware(f"building MinIO failed: {' '.join(command)}")
    (draft / "minio").replace(target)
    draft.rmdir()
    _say(f"MinIO is ready: {target}")


def _show_progress(lines: Iterable[str]) -> None:
    """One line for each hundred packages, and everything that is not a package's name."""
    count = 0
    for line in lines:
        if " " in line.strip():
            _say(f"  {line.rstrip()}")
            continue
        count += 1
        if count % 100 == 0:
            _say(f"  {count} packages compiled")


def _say(text: str) -> None:
    print(text, flush=True)
