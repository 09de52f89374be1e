"""Questions to a supervisord by its unix socket: XML-RPC with a deadline."""

import http.client
import socket
import xmlrpc.client
from pathlib import Path
from typing import Any

from local_stack.errors import StackError

_CALL_SECONDS = 60


class NotRunning(StackError):
    """No supervisord answers for this stack."""


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=_CALL_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


class _UnixTransport(xmlrpc.client.Transport):
    """One connection for the life of one proxy; the caller closes it."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.connection = _UnixConnection(path)

    def make_connection(self, host: object) -> http.client.HTTPConnection:  # noqa: ARG002 - the socket is the host
        return self.connection

    def close(self) -> None:
        self.connection.close()


def call(path: Path, method: str, *arguments: Any) -> Any:
    """One call to the supervisord at this socket; raises NotRunning, or Fault for a refusal."""
    transport = _UnixTransport(path)
    proxy = xmlrpc.client.ServerProxy("http://localhost", transport=transport)
    try:
        return getattr(proxy.supervisor, method)(*arguments)
    except (FileNotFoundError, ConnectionError, http.client.HTTPException) as error:
        raise NotRunning(f"no supervisord answers at {path}: make up starts it") from error
    finally:
        transport.close()
