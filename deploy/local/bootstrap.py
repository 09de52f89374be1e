"""Make ``.venv`` what this checkout needs; run by the system's Python, so nothing but its standard library.

A stamp in the environment tells what it was made from: when nothing changed, this ends in milliseconds.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "pingzheng-setup.json"
LOCKED = ROOT / "requirements" / "dev.txt"
WEB = ROOT / "gateway" / "web"
DIST = ROOT / "gateway" / "gateway" / "static" / "dist"
_OLDEST = (3, 11)
_PIP = ("-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--root-user-action=ignore")


def main() -> int:
    if sys.version_info < _OLDEST:
        print(f"Python 3.11 or later is needed, {sys.executable} is {sys.version.split()[0]}: make PYTHON=…")
        return 1
    lock = ROOT / ".run" / "setup.lock"
    lock.parent.mkdir(exist_ok=True)
    with lock.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        return _bring_up_to_date()


def _bring_up_to_date() -> int:
    wanted, present = _wanted(), _present()
    if wanted == present and (DIST / "manifest.json").exists():
        return 0
    if wanted["place"] != present.get("place") or not PYTHON.exists():
        if not _make_venv():
            return 1
        present = {}
    if wanted["locked"] != present.get("locked"):
        print("installing the locked packages (a minute or two)", flush=True)
        subprocess.run([str(PYTHON), *_PIP, "--no-deps", "--require-hashes", "-r", str(LOCKED)], check=True)
    if any(wanted[name] != present.get(name) for name in ("locked", "ours")):
        _install_ours()
    if not _build_pages(wanted, present):
        return 1
    STAMP.write_text(json.dumps(wanted, indent=2) + "\n", encoding="utf-8")
    return 0


def _wanted() -> dict[str, str]:
    """What the environment has to be made from."""
    return {
        "place": f"{VENV} {sys.version_info.major}.{sys.version_info.minor}",
        "locked": _digest([LOCKED]),
        "ours": _digest([folder / "pyproject.toml" for folder in _distributions()]),
        "npm": _digest([WEB / "package.json", WEB / "package-lock.json", WEB / ".npmrc"]),
        "pages": _digest(_page_sources()),
    }


def _present() -> dict[str, str]:
    """What it was made from. One without a stamp that is here and works is completed, not thrown away."""
    if STAMP.exists():
        content: dict[str, str] = json.loads(STAMP.read_text(encoding="utf-8"))
        return content
    return {"place": _wanted()["place"]} if PYTHON.exists() else {}


def _distributions() -> list[Path]:
    """Our own distributions; each service and library is one."""
    candidates = [*sorted(ROOT.glob("libs/*")), *sorted(ROOT.glob("services/*")), ROOT / "gateway"]
    return [folder for folder in candidates if (folder / "pyproject.toml").exists()]


def _page_sources() -> list[Path]:
    """What the styles, modules and icons of the pages are made from."""
    own = [path for path in sorted(WEB.glob("*")) if path.is_file()]
    parts = [path for folder in ("css", "js") for path in sorted((WEB / folder).rglob("*")) if path.is_file()]
    package = ROOT / "gateway" / "gateway"
    naming = [
        *sorted(package.rglob("*.html")),
        *sorted(package.rglob("*.py")),
    ]  # what they use of Tabler and icons
    return [*own, *parts, *naming]


def _digest(files: list[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.relative_to(ROOT)}\n".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _make_venv() -> bool:
    shutil.rmtree(VENV, ignore_errors=True)
    command = [sys.executable, "-m", "venv", str(VENV)]
    if subprocess.run(command, check=False, capture_output=True).returncode == 0:
        return True
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"installing {package} with apt", flush=True)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "-q", "update"], check=False, env=environment)
        subprocess.run(["apt-get", "-q", "-y", "install", package], check=False, env=environment)
        shutil.rmtree(VENV, ignore_errors=True)
        if subprocess.run(command, check=False).returncode == 0:
            return True
    print(f"cannot make a virtual environment: install {package}, then run make again")
    return False


def _install_ours() -> None:
    """Our own code as it lies here; what it needs is installed already."""
    editable = [part for folder in _distributions() for part in ("--editable", str(folder))]
    if editable:
        subprocess.run([str(PYTHON), *_PIP, "--no-deps", "--no-build-isolation", *editable], check=True)


def _build_pages(wanted: dict[str, str], present: dict[str, str]) -> bool:
    """The pages' styles, modules and icons, when something that they are made from changed."""
    fetched = (WEB / "node_modules").is_dir() and wanted["npm"] == present.get("npm")
    if fetched and wanted["pages"] == present.get("pages") and (DIST / "manifest.json").exists():
        return True
    if shutil.which("npm") is None:
        print("npm (with Node.js 18 or later) is needed to build the pages: install it, then run make again")
        return False
    if not fetched:
        print("installing the locked packages of the pages", flush=True)
        quiet = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
        subprocess.run(["npm", "ci", *quiet], check=True, cwd=WEB, stdout=subprocess.DEVNULL)
    subprocess.run(["node", "build.mjs"], check=True, cwd=WEB)
    return True


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as error:
        sys.exit(f"setup failed: {' '.join(map(str, error.cmd))} ended with {error.returncode}")
