"""Packages of Debian and Ubuntu, without the services that come with them."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from local_stack.errors import StackError

_POLICY = Path("/usr/sbin/policy-rc.d")
_POSTGRES_COMMON = Path("/etc/postgresql-common")


def can_use_apt() -> bool:
    """Whether packages can be installed here: by root, with apt."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def apt_install(packages: Sequence[str]) -> None:
    """Install without letting a package start a service or create a cluster of the system's own."""
    print(f"installing {' '.join(packages)} with apt", flush=True)
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
        raise StackError(f"apt-get could not install {' '.join(packages)} (exit code {done.returncode})")


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
