"""Each product is a distribution of its own: its wheel runs without the other services' code installed."""

import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LIBRARIES = ("libs/contracts", "libs/chassis")
PRODUCTS = {
    "identity": "services/identity",
    "importer": "services/import",
    "attachments": "services/attachments",
    "review": "services/review",
    "certificate": "services/certificate",
    "gateway": "gateway",
}
# -S: no .pth files, so what is installed in place for development is not there.
PROGRAM = """
import importlib, importlib.util, pkgutil, sys
package, folder, third_party, others = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4].split(",")
sys.path[:0] = [folder]
sys.path.append(third_party)
for module in pkgutil.walk_packages([f"{folder}/{package}"], package + "."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
# A folder without code (migrations that an installation in place has copied) is no other service.
there = [other for other in others if (spec := importlib.util.find_spec(other)) and spec.origin]
assert not there, there
assert "eventlet" not in sys.modules, "only the entry of a service patches"
"""


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheels")
    paths = [str(ROOT / path) for path in (*LIBRARIES, *PRODUCTS.values())]
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--wheel-dir", str(folder), *paths], check=True, timeout=300)
    return folder


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize("package", PRODUCTS)
def test_a_wheel_runs_without_the_other_services(package: str, wheels: Path, tmp_path: Path) -> None:
    for name in ("contracts", "chassis", package):
        (wheel,) = wheels.glob(f"pingzheng_{name}-*.whl")
        zipfile.ZipFile(wheel).extractall(tmp_path)
    others = ",".join(other for other in PRODUCTS if other != package)
    arguments = [package, str(tmp_path), sysconfig.get_paths()["purelib"], others]
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", PROGRAM, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    if package != "gateway":
        assert list(tmp_path.rglob("0001_*.py")), "the migrations travel in the wheel"
    else:
        built = tmp_path / "gateway" / "static" / "dist"
        assert list(built.glob("app.*.css.br")), "the pages' built files travel in the wheel"
        assert (tmp_path / "gateway" / "templates" / "layouts" / "unit.html").exists()
