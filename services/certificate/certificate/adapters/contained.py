"""Runs the look at a stranger's file in a process of its own: what it does to memory or time ends with it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from certificate.domain.file_verdict import FileFacts

WALL_S = 30
"""Only for a look that waits without working: work is limited by processor time (signature_check.CPU_S)."""
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "VIRTUAL_ENV", "COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START")


def look_contained(path: Path, ca: Path) -> FileFacts:
    """The facts of the file, or ``too_complex`` when the look at it took too much. Knows no secret of this process."""
    command = [sys.executable, "-m", "certificate.adapters.signature_check", str(path), str(ca)]
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    try:
        done = subprocess.run(command, capture_output=True, timeout=WALL_S, check=True, env=environment)
        return FileFacts(**json.loads(done.stdout))
    except (subprocess.SubprocessError, ValueError, TypeError):
        return FileFacts("too_complex")
