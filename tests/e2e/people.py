"""The people of the user guide: two using units, five officers, and an administrator, each with a client."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.e2e.client import Client

from local_stack import Stack

DISTRICT = "500103"
_VISITOR = ""

# Name in .run/demo.json -> user name of the seeded account (identity.seed).
ACCOUNTS: dict[str, str] = {
    "unit": "demo-unit",
    "unit2": "demo-unit2",
    "acceptance": "demo-acceptance",
    "examination": "demo-examination",
    "approval": "demo-approval",
    "issue": "demo-issue",
    "other_district": "demo-other-district",
    "admin": "demo-admin",
}


@dataclass
class People:
    """Clients by name of ACCOUNTS, signed in when they are first needed. ``stand_ins``: who acts for whom."""

    stack: Stack
    stand_ins: dict[str, str] = field(default_factory=dict)
    _clients: dict[str, Client] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Client:
        if name not in self._clients:
            acting = self.stand_ins.get(name, name)
            client = Client(self.stack.base_url, ACCOUNTS[acting], self.stack.demo_password)
            client.sign_in()
            self._clients[name] = client
        return self._clients[name]

    def close(self) -> None:
        """Closes all connections; nobody signs out."""
        for client in self._clients.values():
            client.close()
        self._clients.clear()

    @property
    def unit(self) -> Client:
        return self["unit"]

    @property
    def visitor(self) -> Client:
        """Somebody who has not signed in."""
        if _VISITOR not in self._clients:
            self._clients[_VISITOR] = Client(self.stack.base_url)
        return self._clients[_VISITOR]

    def login(self, name: str) -> dict[str, str]:
        """User name and password."""
        return {"username": ACCOUNTS[name], "password": self.stack.demo_password}
