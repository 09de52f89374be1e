"""Virtual hosts of RabbitMQ by its management API."""

import base64
import json
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field

from local_stack.errors import StackError

_SECONDS = 30


class NoManagement(StackError):
    """The broker's management address is not known."""


@dataclass(frozen=True)
class Management:
    """The management API at ``url``, which carries user and password."""

    url: str = field(repr=False)

    def call(self, method: str, path: str, body: object = None) -> None:
        """One call below ``/api``; raises HTTPError or URLError."""
        if not self.url:
            raise NoManagement("set PINGZHENG_AMQP_MANAGEMENT_URL=http://user:password@host:15672")
        parts = urllib.parse.urlsplit(self.url)
        login = f"{urllib.parse.unquote(parts.username or '')}:{urllib.parse.unquote(parts.password or '')}"
        request = urllib.request.Request(  # noqa: S310 - the operator's own address
            f"{parts.scheme}://{parts.hostname}:{parts.port}/api/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Basic {base64.b64encode(login.encode()).decode()}",
                "Content-Type": "application/json",
            },
        )
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310 - as above
            answer.read()

    def create_vhost(self, name: str, user: str) -> None:
        """A virtual host on which ``user`` may do everything; repeating it changes nothing."""
        self.call("PUT", f"vhosts/{name}", {})
        self.call("PUT", f"permissions/{name}/{user}", {"configure": ".*", "write": ".*", "read": ".*"})

    def delete_vhost(self, name: str) -> None:
        """Remove it with its queues and connections; one that is gone already is no error."""
        try:
            self.call("DELETE", f"vhosts/{name}")
        except urllib.error.HTTPError as error:
            if error.code != 404:
                raise
