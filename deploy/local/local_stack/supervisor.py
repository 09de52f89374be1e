"""supervisord of one stack: its configuration, start, questions and end."""

import os
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_stack.errors import StackError
from local_stack.layout import Layout
from local_stack.program import Program
from local_stack.remembered import write_private
from local_stack.supervisor_conf import STOP_SECONDS, base_environment, configuration
from local_stack.supervisor_rpc import NotRunning, call

_STOPPED = {"STOPPED", "EXITED", "FATAL", "UNKNOWN"}


@dataclass(frozen=True)
class ProcessState:
    """One process: supervisor's state in small letters, pid or 0, seconds since its start or 0."""

    name: str
    state: str
    pid: int = 0
    uptime: int = 0

    def __str__(self) -> str:
        if self.state != "running":
            return f"{self.name} {self.state}"
        minutes, seconds = divmod(self.uptime, 60)
        hours, minutes = divmod(minutes, 60)
        return f"{self.name} running pid {self.pid} uptime {hours}:{minutes:02}:{seconds:02}"


@dataclass(frozen=True)
class Supervisor:
    """The supervisord of the stack with this layout."""

    layout: Layout

    def configure(self, programs: Iterable[Program]) -> None:
        """Write the configuration (mode 600: it holds passwords); a running supervisord is not told."""
        write_private(self.layout.supervisor_conf, configuration(self.layout, programs))

    def is_running(self) -> bool:
        try:
            self._call("getState")
        except NotRunning:
            return False
        return True

    def start(self) -> None:
        """Start supervisord in the background with an environment of its own and wait until it answers."""
        command = [sys.executable, "-m", "supervisor.supervisord", "-c", str(self.layout.supervisor_conf)]
        done = subprocess.run(
            command,
            env=base_environment(self.layout),
            cwd=self.layout.root,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if done.returncode:
            raise NotRunning(f"supervisord did not start: {done.stdout}{done.stderr}".strip())
        deadline = time.monotonic() + 30
        while not self.is_running():
            if time.monotonic() > deadline:
                raise NotRunning(f"supervisord does not answer: see {self.layout.log / 'supervisord.log'}")
            time.sleep(0.05)

    def states(self) -> list[ProcessState]:
        return [
            ProcessState(
                name=each["name"],
                state=each["statename"].lower(),
                pid=each["pid"],
                uptime=max(0, each["now"] - each["start"]) if each["statename"] == "RUNNING" else 0,
            )
            for each in self._call("getAllProcessInfo")
        ]

    def apply(self) -> None:
        """Bring the processes in line with the configuration; those that run unchanged notice nothing."""
        [[added, changed, removed]] = self._call("reloadConfig")
        self.stop([*changed, *removed])
        for name in (*changed, *removed):
            self._call("removeProcessGroup", name)
        for name in (*added, *changed):
            self._call("addProcessGroup", name)
        for state in self.states():
            if state.state in ("stopped", "exited", "fatal"):
                self._call("startProcessGroup", state.name, False)

    def stop(self, names: Sequence[str]) -> None:
        """Stop these processes at the same time and wait until each has ended (killed after 30 s)."""
        for name in names:
            self._call("stopProcessGroup", name, False)
        deadline = time.monotonic() + STOP_SECONDS + 15
        while waiting := self._not_stopped(names):
            if time.monotonic() > deadline:
                raise StackError(f"still not stopped: {', '.join(waiting)}")
            time.sleep(0.1)

    def wait_started(self, seconds: float = 15) -> None:
        """Wait while supervisor calls a process starting, which it does for the first two seconds of each."""
        deadline = time.monotonic() + seconds
        while any(state.state == "starting" for state in self.states()) and time.monotonic() < deadline:
            time.sleep(0.1)

    def restart(self, names: Sequence[str]) -> None:
        self.stop(names)
        for name in names:
            self._call("startProcessGroup", name, False)

    def shutdown(self, seconds: float = 90) -> None:
        """End supervisord with everything that still runs below it."""
        pid = self.pid()
        self._call("shutdown")
        deadline = time.monotonic() + seconds
        while _exists(pid):
            if time.monotonic() > deadline:
                raise StackError(f"supervisord (pid {pid}) does not end")
            time.sleep(0.1)

    def pid(self) -> int:
        return int(self._call("getPID"))

    def _not_stopped(self, names: Sequence[str]) -> list[str]:
        wanted = set(names)
        return [
            each["group"]
            for each in self._call("getAllProcessInfo")
            if each["group"] in wanted and each["statename"] not in _STOPPED
        ]

    def _call(self, method: str, *arguments: Any) -> Any:
        return call(self.layout.supervisor_socket, method, *arguments)


def _exists(pid: int) -> bool:
    """Whether it lives; one that has ended and waits for a container's lazy first process does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not (stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z")
