"""The connections of a process to its database: bounded by its workers, and what became of the bound is counted."""

from __future__ import annotations

from sqlalchemy import Engine
from sqlalchemy.pool import PoolProxiedConnection, QueuePool

from chassis import metrics

CALLS_AT_ONCE = 10
"""How many handlers a service process runs at once; each holds one connection at most."""
POOL_SIZE = CALLS_AT_ONCE + 1
"""One more than the handlers: whether the process is ready is asked beside them."""


def size_for(workers: int) -> int:
    """The size for a process of so many workers in threads: each has its job, and the lease of that job."""
    return max(POOL_SIZE, 2 * workers + 1)


class CountedPool(QueuePool):
    """Counts who has to wait because every connection is in use, and for how long."""

    def connect(self) -> PoolProxiedConnection:
        """A connection. Raises sqlalchemy's TimeoutError when none is given back in time."""
        if self.checkedout() < self.size():
            return super().connect()
        with metrics.POOL_WAIT_SECONDS.time():
            return super().connect()


def watch(engine: Engine, service: str) -> None:
    """Shows the engine's pool in the metrics, under the name of the service whose database it is."""
    metrics.POOL_SIZE.labels(service).set_function(lambda: _pool(engine).size())
    metrics.POOL_IN_USE.labels(service).set_function(lambda: _pool(engine).checkedout())


def _pool(engine: Engine) -> CountedPool:
    """The pool of the moment: an engine that was disposed of has another."""
    pool = engine.pool
    if not isinstance(pool, CountedPool):
        raise TypeError(f"{type(pool).__name__} is not counted")
    return pool
