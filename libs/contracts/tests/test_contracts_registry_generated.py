"""The generated modules are what the .proto file gives today."""

from pathlib import Path

import pytest

from contracts.registry import registry_pb2
from contracts.registry.generate import FILES, PACKAGE, generate


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    into = tmp_path_factory.mktemp("generated")
    generate(into)
    return into / "contracts" / "registry"


@pytest.mark.parametrize("name", FILES)
def test_generating_again_gives_the_same_bytes(fresh: Path, name: str) -> None:
    assert (fresh / name).read_bytes() == (PACKAGE / name).read_bytes()


def test_the_interface_has_the_name_that_other_systems_use() -> None:
    service = registry_pb2.DESCRIPTOR.services_by_name["Registry"]
    assert service.full_name == "pingzheng.registry.v1.Registry"
    assert {"GetCertificate", "VerifyCertificate"} <= {method.name for method in service.methods}
