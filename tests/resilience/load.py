"""Load while something fails: applications are opened and withdrawn, which takes calls, events and jobs."""

from __future__ import annotations

import threading
import time
import uuid
from dataclasses import dataclass, field

from tests.e2e.client import Client
from tests.e2e.people import ACCOUNTS

from local_stack import Stack

THREADS = 3
PAUSE_S = 0.1


@dataclass
class Load:
    """Clients that go on until they are told to stop; ``done`` has (begun, ended) of each operation, monotonic."""

    stack: Stack
    opened: list[str] = field(default_factory=list)
    done: list[tuple[float, float]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Begins; each client signs in first."""
        for _ in range(THREADS):
            client = Client(self.stack.base_url, ACCOUNTS["unit"], self.stack.demo_password)
            client.sign_in()
            thread = threading.Thread(target=self._act, args=(client,))
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """Ends after the operations at hand."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def recovered(self, since: float) -> float | None:
        """Seconds from ``since`` to the end of the first operation that began after it."""
        return min((ended - since for begun, ended in list(self.done) if begun >= since), default=None)

    def _act(self, client: Client) -> None:
        with client:
            while not self._stopping.is_set():
                begun = time.monotonic()
                try:
                    self._operation(client)
                except Exception as fault:  # noqa: BLE001  # whatever it is, the case fails with it
                    self.faults.append(f"{type(fault).__name__}: {fault}"[:300])
                else:
                    self.done.append((begun, time.monotonic()))
                time.sleep(PAUSE_S)

    def _operation(self, client: Client) -> None:
        """Opens an application and withdraws it; repeated by the client with its key until it is answered."""
        body = {"category": "2300", "registration_reason": "NEW"}
        opened = client.send("POST", "/api/v1/applications", body, key=uuid.uuid4().hex)
        self.opened.append(opened["id"])
        client.send("DELETE", f"/api/v1/applications/{opened['id']}", key=uuid.uuid4().hex)
