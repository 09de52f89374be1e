"""A system whose processes reach their servers over wires that can be cut, and whose review dies at a given point."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from tests.fixtures.wire import Wire

from local_stack import Stack
from local_stack.layout import REPOSITORY
from local_stack.processes import Process, process_table

CUTTING = "tests.resilience.cutting"


class WiredStack(Stack):
    """As Stack; ``wires`` by server, ``cut_at`` is the file that names the point at which review is to die."""

    def __init__(self, root: Path) -> None:
        super().__init__(root, env="test", table=self._processes)

    @property
    def cut_at(self) -> Path:
        return self.layout.root / "cut-at"

    @cached_property
    def wires(self) -> dict[str, Wire]:
        """Made when the first process is to start, so that the servers' ports are certain by then."""
        urls = {
            "postgres": self.admin_url(),
            "rabbitmq": self.amqp_url,
            "minio": f"//{self.s3.endpoint}",
        }
        parts = {name: urlsplit(url) for name, url in urls.items()}
        return {name: Wire((str(part.hostname), int(part.port or 0))) for name, part in parts.items()}

    def process_env(self, name: str) -> dict[str, str]:
        environment = super().process_env(name)
        for wire in self.wires.values():
            for variable in ("DATABASE_URL", "AMQP_URL", "S3_ENDPOINT"):
                if variable in environment:
                    environment[variable] = environment[variable].replace(f":{wire.to[1]}", f":{wire.port}")
        return environment

    def _processes(self, scale: Mapping[str, int]) -> list[Process]:
        return [self._mortal(each) if each.name == "review" else each for each in process_table(scale)]

    def _mortal(self, process: Process) -> Process:
        own = {"PYTHONPATH": str(REPOSITORY), "CUT_OF": process.module, "CUT_AT": str(self.cut_at)}
        return replace(process, module=CUTTING, environment={**process.environment, **own})


def wired(stack: Stack) -> WiredStack:
    """The stack; TypeError when its network cannot be cut."""
    if not isinstance(stack, WiredStack):
        raise TypeError("only `make resilience` runs this case")
    return stack
