"""supervisord of one stack: its configuration, start, questions and end."""

import http.client
import os
import shlex
import socket
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_stack.layout import Layout
from local_stack.program import Program
from local_stack.remembered import write_private

# Longer than the 25 s that a service is given to finish what it is doing.
_STOP_SECONDS = 30
# supervisor waits one second more after each failed start: enough tries to outlast a server's recovery.
_START_RETRIES = 60
_CALL_SECONDS = 60
_STOPPED = {"STOPPED", "EXITED", "FATAL", "UNKNOWN"}


class NotRunning(RuntimeError):
    """No supervisord answers for this stack."""


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


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=_CALL_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


class _UnixTransport(xmlrpc.client.Transport):
    """One connection for the life of one proxy; the caller closes it."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.connection = _UnixConnection(path)

    def make_connection(self, host: object) -> http.client.HTTPConnection:  # noqa: ARG002 - the socket is the host
        return self.connection

    def close(self) -> None:
        self.connection.close()


@dataclass(frozen=True)
class Supervisor:
    """The supervisord of the stack with this layout."""

    layout: Layout

    def configure(self, programs: Iterable[Program]) -> None:
        """Write the configuration (mode 600: it holds passwords); a running supervisord is not told."""
        sections = [_main_section(self.layout), *(_program_section(self.layout, each) for each in programs)]
        write_private(self.layout.supervisor_conf, "\n".join(sections))

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
        """Bring the running processes in line with the configuration; the unchanged ones notice nothing."""
        [[added, changed, removed]] = self._call("reloadConfig")
        self.stop([*changed, *removed])
        for name in (*changed, *removed):
            self._call("removeProcessGroup", name)
        for name in (*added, *changed):
            self._call("addProcessGroup", name)

    def stop(self, names: Sequence[str]) -> None:
        """Stop these processes at the same time and wait until each has ended (killed after 30 s)."""
        for name in names:
            self._call("stopProcessGroup", name, False)
        deadline = time.monotonic() + _STOP_SECONDS + 15
        while waiting := self._not_stopped(names):
            if time.monotonic() > deadline:
                raise TimeoutError(f"still not stopped: {', '.join(waiting)}")
            time.sleep(0.1)

    def restart(self, names: Sequence[str]) -> None:
        self.stop(names)
        for name in names:
            self._call("startProcessGroup", name, False)

    def shutdown(self, seconds: float = 90) -> None:
        """End supervisord; it stops its processes one after the other, the servers last."""
        pid = self.pid()
        self._call("shutdown")
        deadline = time.monotonic() + seconds
        while pid and Path(f"/proc/{pid}").exists() if Path("/proc/self").exists() else self.is_running():
            if time.monotonic() > deadline:
                raise TimeoutError(f"supervisord (pid {pid}) does not end")
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
        path = self.layout.supervisor_socket
        proxy = xmlrpc.client.ServerProxy("http://localhost", transport=_UnixTransport(path))
        try:
            return getattr(proxy.supervisor, method)(*arguments)
        except (FileNotFoundError, ConnectionError, http.client.HTTPException) as error:
            raise NotRunning(f"no supervisord answers at {path}") from error
        finally:
            proxy("close")()


def base_environment(layout: Layout) -> dict[str, str]:
    """What every process gets. ``PINGZHENG_STACK`` marks it, so that a process left over is found."""
    kept = {name: os.environ[name] for name in ("HOME", "PATH") if name in os.environ}
    return {"HOME": "/", "PATH": os.defpath, "LANG": "C.UTF-8", **kept, "PINGZHENG_STACK": str(layout.root)}


def _main_section(layout: Layout) -> str:
    return (
        _section("unix_http_server", file=layout.supervisor_socket, chmod="0700")
        + _section(
            "supervisord",
            logfile=layout.log / "supervisord.log",
            logfile_maxbytes="10MB",
            logfile_backups=2,
            pidfile=layout.supervisor_pid,
            childlogdir=layout.log,
            minfds=4096,
        )
        + _section(
            "rpcinterface:supervisor",
            **{"supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"},
        )
        + _section("supervisorctl", serverurl=f"unix://{layout.supervisor_socket}")
    )


def _program_section(layout: Layout, program: Program) -> str:
    environment = {**base_environment(layout), **program.environment}
    return _section(
        f"program:{program.name}",
        command=shlex.join(program.command),
        directory=program.directory,
        environment=",".join(f"{name}={_quoted(value)}" for name, value in sorted(environment.items())),
        priority=program.priority,
        autostart="true",
        autorestart="true",
        startsecs=2,
        startretries=_START_RETRIES,
        stopsignal=program.stop_signal,
        stopwaitsecs=_STOP_SECONDS,
        killasgroup="true",
        redirect_stderr="true",
        stdout_logfile=layout.log / f"{program.name}.log",
        stdout_logfile_maxbytes="10MB",
        stdout_logfile_backups=2,
        **({"user": program.user} if program.user else {}),
    )


def _section(title: str, **settings: object) -> str:
    lines = [f"{name}={str(value).replace('%', '%%')}" for name, value in settings.items()]
    return "\n".join([f"[{title}]", *lines, "", ""])


def _quoted(value: str) -> str:
    """The value as supervisor's parser reads it: between quotes, without any escape."""
    if "\n" in value or ('"' in value and "'" in value):
        raise ValueError("supervisor cannot carry a value with a line break or with both kinds of quotes")
    return f"'{value}'" if '"' in value else f'"{value}"'
