"""``python -m local_stack``: what the Makefile calls."""

import argparse
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from local_stack.errors import StackError
from local_stack.layout import REPOSITORY
from local_stack.stack import Stack
from local_stack.trace import trace


def main() -> int:
    arguments = _parser().parse_args()
    root = Path(os.environ.get("PINGZHENG_RUN") or REPOSITORY / ".run")
    command: Callable[[Stack, argparse.Namespace], int] = arguments.command
    try:
        return command(Stack(root, say=_say), arguments)
    except StackError as error:
        print(error, file=sys.stderr)
        return 1
    except BrokenPipeError:  # `make status | head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="local_stack", description=__doc__)
    commands = parser.add_subparsers(required=True)
    for name, (function, arguments) in _COMMANDS.items():
        command = commands.add_parser(name, help=function.__doc__)
        command.set_defaults(command=function)
        for argument in arguments:
            command.add_argument(argument, nargs="*")
    return parser


def _up(stack: Stack, _: argparse.Namespace) -> int:
    """Start everything and print the addresses."""
    stack.up()
    print(f"Pingzheng is up: {stack.base_url}  (gRPC {stack.grpc_address})")
    return 0


def _servers(stack: Stack, _: argparse.Namespace) -> int:
    """Start the three servers only."""
    stack.servers_up()
    return 0


def _down(stack: Stack, _: argparse.Namespace) -> int:
    """Stop everything."""
    for stray in stack.down():
        print(f"ended a process that was left over: {stray}")
    print("Pingzheng is down; its data stays")
    return 0


def _status(stack: Stack, _: argparse.Namespace) -> int:
    """One line for each process; 1 unless all run."""
    states = stack.status()
    for state in states:
        print(state)
    return 0 if all(state.state == "running" for state in states) else 1


def _scale(stack: Stack, arguments: argparse.Namespace) -> int:
    """Set numbers of workers: import-worker=4."""
    numbers = dict(_number(text) for text in arguments.numbers)
    if not numbers:
        raise StackError("say how many: make scale import-worker=4")
    stack.scale(numbers)
    print(", ".join(f"{kind} {number}" for kind, number in stack.worker_counts().items()))
    return 0


def _restart(stack: Stack, arguments: argparse.Namespace) -> int:
    """Restart the named processes, or every process but the servers."""
    stack.restart(arguments.names or [process.name for process in stack.processes])
    stack.wait_ready()
    return 0


def _logs(stack: Stack, arguments: argparse.Namespace) -> int:
    """Follow the logs of the named processes, or of all."""
    folder = stack.layout.log
    files = [folder / f"{name}.log" for name in arguments.names] or sorted(folder.glob("*.log"))
    if not files or (missing := [str(file) for file in files if not file.exists()]):
        raise StackError(f"no such log: {', '.join(missing) if files else folder}")
    os.execvp("tail", ["tail", "-n", "100", "-F", *map(str, files)])  # noqa: S606 - this process becomes tail


def _trace(stack: Stack, arguments: argparse.Namespace) -> int:
    """Print what every process logged of one request, by its id, in the order of time."""
    if len(arguments.ids) != 1:
        raise StackError("say which request: its X-Request-Id, or the request_id of a refusal")
    lines = trace(stack.layout.log, arguments.ids[0])
    for line in lines:
        print(line)
    return 0 if lines else 1


def _run(stack: Stack, arguments: argparse.Namespace) -> int:
    """Run a module as a process of the stack: run importer chassis.deadletters list."""
    if len(arguments.words) < 2:
        raise StackError("say as which process and what: run importer chassis.deadletters list")
    process, module, *words = arguments.words
    environment = stack.process_env(process)
    os.execve(sys.executable, [sys.executable, "-m", module, *words], environment)  # noqa: S606 - becomes it


def _clean(stack: Stack, _: argparse.Namespace) -> int:
    """Stop this stack and the ones below it and delete their data."""
    for file in [*stack.layout.root.glob("*/supervisor.conf"), stack.layout.supervisor_conf]:
        if file.exists():
            each = Stack(file.parent)
            each.down()
            each.layout.delete()
    shutil.rmtree(stack.layout.root, ignore_errors=True)
    return 0


def _number(text: str) -> tuple[str, int]:
    kind, _, number = text.partition("=")
    if not number.isdecimal():
        raise StackError(f"{text}: write it as import-worker=4")
    return kind, int(number)


def _say(line: str) -> None:
    print(line, flush=True)


_COMMANDS: dict[str, tuple[Callable[[Stack, argparse.Namespace], int], tuple[str, ...]]] = {
    "up": (_up, ()),
    "servers": (_servers, ()),
    "down": (_down, ()),
    "status": (_status, ()),
    "scale": (_scale, ("numbers",)),
    "restart": (_restart, ("names",)),
    "logs": (_logs, ("names",)),
    "trace": (_trace, ("ids",)),
    "run": (_run, ("words",)),
    "clean": (_clean, ()),
}

if __name__ == "__main__":
    sys.exit(main())
