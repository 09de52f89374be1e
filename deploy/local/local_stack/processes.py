"""The table of processes (design.md section 5): what runs, as which service, by which command."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

SERVICES = ("identity", "importer", "attachments", "review", "certificate")

# Kind of worker -> service, module, how many there are unless `make scale` said otherwise.
WORKERS: Mapping[str, tuple[str, str, int]] = {
    "import-worker": ("importer", "importer.worker", 1),
    "photo-worker": ("attachments", "attachments.worker", 2),
    "review-worker": ("review", "review.worker", 1),
    "certificate-worker": ("certificate", "certificate.worker", 1),
}


@dataclass(frozen=True)
class Process:
    """A process of the product: ``service`` is whose database and key it uses, ``module`` what Python runs.

    ``kind`` is the name without an instance's number. ``priority``: lower starts first and stops last.
    ``environment`` is what only this process gets.
    """

    name: str
    service: str
    module: str
    priority: int
    kind: str
    environment: Mapping[str, str] = field(default_factory=dict)


def process_table(scale: Mapping[str, int]) -> list[Process]:
    """Every process, with as many of each worker as ``scale`` says, or else as its default."""
    return [*_services(), *_workers(scale), *_background(), *_gateways()]


def worker_counts(scale: Mapping[str, int]) -> dict[str, int]:
    """How many processes of each kind of worker there are to be."""
    return {kind: scale.get(kind, default) for kind, (_, _, default) in WORKERS.items()}


def _services() -> Iterator[Process]:
    for service in SERVICES:
        yield Process(service, service, service, 100, service)


def _workers(scale: Mapping[str, int]) -> Iterator[Process]:
    for kind, count in worker_counts(scale).items():
        service, module, _ = WORKERS[kind]
        for number in range(1, count + 1):
            yield Process(f"{kind}-{number}", service, module, 200, kind)


def _background() -> Iterator[Process]:
    for service in SERVICES:
        yield Process(f"relay-{service}", service, "chassis.relay", 300, f"relay-{service}")
        yield Process(f"clock-{service}", service, f"{service}.clock", 300, f"clock-{service}")


def _gateways() -> Iterator[Process]:
    yield Process("gateway-http", "gateway", "gateway", 400, "gateway-http")
    yield Process("gateway-grpc", "gateway", "gateway.grpc_server", 400, "gateway-grpc")
