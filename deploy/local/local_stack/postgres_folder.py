"""Who runs PostgreSQL, and a data folder that this user can reach."""

import os
import pwd
import shutil
import subprocess
from pathlib import Path
from typing import Any

from local_stack.errors import StackError
from local_stack.install import MissingSoftware
from local_stack.layout import Layout

SYSTEM_USER = "postgres"
_OUTSIDE = (Path("/var/lib"), Path("/var/tmp"))  # noqa: S108 - a folder of mode 700 is made there


def place(layout: Layout) -> Path:
    """An empty folder that the server's user owns and can reach, at or linked from ``.run/postgres``."""
    inside = layout.postgres
    if inside.is_symlink():
        inside.unlink()
    if inside.exists():
        shutil.rmtree(inside)  # its creation was cut off
    inside.mkdir(mode=0o700)
    give(inside)
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
        give(folder)
        if _reachable(folder):
            return folder
        folder.rmdir()
    raise StackError(f"{SYSTEM_USER} can reach neither {layout.root} nor {' nor '.join(map(str, _OUTSIDE))}")


def _reachable(folder: Path) -> bool:
    return _run(["test", "-w", str(folder)]).returncode == 0


def system_user() -> str | None:
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


def give(path: Path) -> None:
    """Make the system user the owner of this file or folder."""
    if owner := system_user():
        shutil.chown(path, owner, pwd.getpwnam(owner).pw_gid)


def run_as_owner(command: list[str]) -> None:
    """Run a command as the system user to its end; StackError with its output if it fails."""
    done = _run(command)
    if done.returncode:
        raise StackError(f"{command[0]} failed: {done.stdout}{done.stderr}".strip())


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    identity: dict[str, Any] = {}
    if user := system_user():
        identity = {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}
    return subprocess.run(
        command, cwd="/", capture_output=True, text=True, timeout=120, check=False, **identity
    )
