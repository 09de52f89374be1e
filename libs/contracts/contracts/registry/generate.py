"""Writes registry_pb2.py, registry_pb2.pyi and registry_pb2_grpc.py anew after a change of the .proto file.

python -m contracts.registry.generate      with grpcio-tools of requirements/dev.txt, in a checkout
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PACKAGE = Path(__file__).parent
PROTO = PACKAGE.parents[1] / "proto" / "pingzheng" / "registry" / "v1"
FILES = ("registry_pb2.py", "registry_pb2.pyi", "registry_pb2_grpc.py")


def generate(into: Path) -> None:
    """Writes the modules below ``into`` as contracts/registry/…: the path by which they import each other."""
    subprocess.run(
        [
            sys.executable,
            "-m",
            "grpc_tools.protoc",
            f"--proto_path=contracts/registry={PROTO}",
            f"--python_out={into}",
            f"--pyi_out={into}",
            f"--grpc_python_out={into}",
            "contracts/registry/registry.proto",
        ],
        check=True,
        timeout=60,
    )


if __name__ == "__main__":
    generate(PACKAGE.parents[1])
