"""The software of the servers: found on this machine, or installed where that is possible."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from local_stack.debian import apt_install, can_use_apt
from local_stack.errors import StackError
from local_stack.minio_build import ensure_minio

_DEBIAN_POSTGRES = Path("/usr/lib/postgresql")
_DEBIAN_RABBITMQ = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
_FONT_FOLDERS = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path("/Library/Fonts"),
    Path("/System/Library/Fonts"),
)
_FONT = re.compile(r"(Noto|Source ?Han).*(CJK|SC)|PingFang|Songti", re.IGNORECASE)


class MissingSoftware(StackError):
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
    if missing and can_use_apt():
        apt_install([need.package for need in missing])
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
