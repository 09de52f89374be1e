"""Where the files of one stack lie."""

import hashlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from local_stack.errors import StackError

REPOSITORY = Path(__file__).resolve().parents[3]

# sockaddr_un holds 107 bytes; supervisor first binds "<path>.<pid>" and then renames it.
_LONGEST_SOCKET = 95


@dataclass(frozen=True)
class Layout:
    """The folders and files below the root of a stack, ``.run`` for the checkout itself."""

    root: Path

    @property
    def fingerprint(self) -> str:
        """Eight hexadecimal digits that tell this root from every other one on the machine."""
        return hashlib.sha256(os.fsencode(self.root)).hexdigest()[:8]

    @property
    def log(self) -> Path:
        return self.root / "log"

    @property
    def keys(self) -> Path:
        return self.root / "keys"

    @property
    def public_keys(self) -> Path:
        return self.keys / "public"

    @property
    def signing(self) -> Path:
        return self.root / "signing"

    @property
    def postgres(self) -> Path:
        return self.root / "postgres"

    @property
    def rabbitmq(self) -> Path:
        return self.root / "rabbitmq"

    @property
    def minio(self) -> Path:
        return self.root / "minio"

    @property
    def ports(self) -> Path:
        return self.root / "ports.json"

    @property
    def secrets(self) -> Path:
        return self.root / "secrets.json"

    @property
    def scale(self) -> Path:
        return self.root / "scale.json"

    @property
    def lock(self) -> Path:
        return self.root / "stack.lock"

    @property
    def supervisor_conf(self) -> Path:
        return self.root / "supervisor.conf"

    @property
    def supervisor_pid(self) -> Path:
        return self.root / "supervisord.pid"

    @property
    def supervisor_socket(self) -> Path:
        """A path below the root, or a short one in /tmp where the root's is too long for a socket."""
        path = self.root / "supervisor.sock"
        if len(os.fsencode(path)) <= _LONGEST_SOCKET:
            return path
        return Path(f"/tmp/pingzheng-{os.getuid()}") / f"{self.fingerprint}.sock"  # noqa: S108 - private folder, see below

    def create(self) -> None:
        """Make the folders. PostgreSQL's user must reach the root, so secrets are files of mode 600."""
        for folder in (self.root, self.log, self.keys, self.public_keys, self.keys / "private", self.signing):
            folder.mkdir(parents=True, exist_ok=True)
        (self.keys / "private").chmod(0o700)
        self.signing.chmod(0o700)
        socket_folder = self.supervisor_socket.parent
        if socket_folder != self.root:
            socket_folder.mkdir(mode=0o700, exist_ok=True)
            if socket_folder.stat().st_uid != os.getuid():
                raise StackError(f"{socket_folder} belongs to somebody else: remove it")

    def delete(self) -> None:
        """Remove everything, also PostgreSQL's data where they lie outside the root."""
        if self.postgres.is_symlink():
            shutil.rmtree(self.postgres.resolve(), ignore_errors=True)
        self.supervisor_socket.unlink(missing_ok=True)
        shutil.rmtree(self.root)


def cache_folder() -> Path:
    """What is built once for all checkouts of this user; ``PINGZHENG_CACHE`` names another folder."""
    chosen = os.environ.get("PINGZHENG_CACHE")
    return Path(chosen) if chosen else Path.home() / ".cache" / "pingzheng"
