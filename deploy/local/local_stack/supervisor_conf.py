"""supervisord's configuration file."""

import os
import shlex
from collections.abc import Iterable

from local_stack.layout import Layout
from local_stack.program import Program

# Longer than the 25 s that a service is given to finish what it is doing.
STOP_SECONDS = 30
# supervisor waits one second more after each failed start: enough tries to outlast a server's recovery.
_START_RETRIES = 60


def configuration(layout: Layout, programs: Iterable[Program]) -> str:
    """The whole file for these programs; it holds passwords."""
    return "\n".join([_main_section(layout), *(_program_section(layout, each) for each in programs)])


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
        stopwaitsecs=STOP_SECONDS,
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
