"""MinIO, built from its source once for this user: it publishes no packages any more."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from local_stack.errors import StackError
from local_stack.layout import cache_folder
from local_stack.remembered import file_lock

MINIO_MODULE = "github.com/minio/minio"
MINIO_VERSION = "v0.0.0-20260212201848-7aac2a2c5b7c"


def minio_binary() -> Path:
    """Where the built program lies."""
    return cache_folder() / "bin" / "minio"


def ensure_minio() -> None:
    """Build MinIO of the pinned version once for this user; later calls find it."""
    target = minio_binary()
    with file_lock(cache_folder() / "minio.lock", seconds=3600):
        if target.exists() and _built_version(target) in (MINIO_VERSION, None):
            return
        _build_minio(target)


def _built_version(binary: Path) -> str | None:
    """The module version inside a Go program; None where no Go is there to ask."""
    if not (go := _go()):
        return None
    done = subprocess.run(
        [go, "version", "-m", str(binary)], capture_output=True, text=True, timeout=30, check=False
    )
    found = re.search(rf"^\s*mod\s+{re.escape(MINIO_MODULE)}\s+(\S+)", done.stdout, re.MULTILINE)
    return found.group(1) if found else "unknown"


def _build_minio(target: Path) -> None:
    go = _go()
    if go is None:
        raise StackError("MinIO is missing: install Go 1.24 or later to build it, or set PINGZHENG_S3_URL")
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
        raise StackError(f"building MinIO failed: {' '.join(command)}")
    (draft / "minio").replace(target)
    draft.rmdir()
    _say(f"MinIO is ready: {target}")


def _go() -> str | None:
    return shutil.which("go") or shutil.which("go", path="/usr/local/go/bin")


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
