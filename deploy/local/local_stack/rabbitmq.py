"""RabbitMQ: a private node with its own epmd, or an existing broker by ``PINGZHENG_AMQP_URL``."""

import secrets as random_secrets
import urllib.parse
from dataclasses import dataclass
from pathlib import Path

import amqp

from local_stack.credentials import Secrets
from local_stack.install import epmd_binary, rabbitmq_server
from local_stack.layout import Layout
from local_stack.ports import HOST, Ports
from local_stack.program import Program
from local_stack.remembered import write_private
from local_stack.vhosts import Management

_USER = "pingzheng"
_VHOST = "pingzheng"
# For every Erlang process of ours: never start an epmd behind supervisor's back, and listen on loopback only.
_ERL_FLAGS = "-start_epmd false -kernel inet_dist_use_interface {127,0,0,1}"


@dataclass(frozen=True)
class ExistingRabbitmq:
    """A broker that somebody else runs; without ``management_url`` no virtual hosts can be made for tests."""

    url: str
    management_url: str = ""
    title: str = "RabbitMQ"
    program_names: tuple[str, ...] = ()

    @property
    def management(self) -> Management:
        return Management(self.management_url)

    @property
    def user(self) -> str:
        return urllib.parse.unquote(urllib.parse.urlsplit(self.url).username or "guest")

    def amqp_url(self, vhost: str | None = None) -> str:
        return (
            self.url if vhost is None else urllib.parse.urlsplit(self.url)._replace(path=f"/{vhost}").geturl()
        )

    def prepare(self) -> None:
        """Nothing to prepare."""

    def programs(self) -> list[Program]:
        return []

    def check(self) -> None:
        _connect(self.url)


@dataclass(frozen=True)
class PrivateRabbitmq:
    """A node below the stack's root: own name, cookie, user and ports, all on loopback; no guest."""

    layout: Layout
    ports: Ports
    secrets: Secrets
    title: str = "RabbitMQ"
    program_names: tuple[str, ...] = ("epmd", "rabbitmq")
    user: str = _USER

    @property
    def management(self) -> Management:
        return Management(f"http://{self._login()}@{HOST}:{self.ports['rabbitmq_management']}")

    def amqp_url(self, vhost: str | None = None) -> str:
        return f"amqp://{self._login()}@{HOST}:{self.ports['rabbitmq']}/{vhost or _VHOST}"

    def prepare(self) -> None:
        home = self.layout.rabbitmq
        for folder in ("home", "mnesia", "generated", "schema", "log"):
            (home / folder).mkdir(parents=True, exist_ok=True)
        cookie = home / "home" / ".erlang.cookie"
        if not cookie.exists():
            write_private(cookie, self.secrets.get("rabbitmq.cookie"))
            cookie.chmod(0o400)
        write_private(
            home / "rabbitmq.conf", "".join(f"{name} = {value}\n" for name, value in self._settings().items())
        )
        write_private(home / "enabled_plugins", "[rabbitmq_management].\n")
        write_private(home / "rabbitmq-env.conf", "")

    def programs(self) -> list[Program]:
        home = self.layout.rabbitmq
        epmd = (str(epmd_binary()), "-address", HOST, "-port", str(self.ports["epmd"]))
        return [
            Program("epmd", epmd, directory=Path("/"), priority=5),
            Program(
                "rabbitmq",
                (str(rabbitmq_server()),),
                directory=home,
                environment=self.environment(),
                priority=10,
            ),
        ]

    def environment(self) -> dict[str, str]:
        """Also what ``rabbitmqctl`` needs to speak with this node."""
        home = self.layout.rabbitmq
        return {
            "HOME": str(home / "home"),
            "ERL_EPMD_ADDRESS": HOST,
            "ERL_EPMD_PORT": str(self.ports["epmd"]),
            "ERL_FLAGS": _ERL_FLAGS,
            "ERL_CRASH_DUMP_SECONDS": "0",
            "RABBITMQ_NODENAME": self.secrets.get("rabbitmq.node", _new_node_name),
            "RABBITMQ_DIST_PORT": str(self.ports["rabbitmq_distribution"]),
            "RABBITMQ_MNESIA_BASE": str(home / "mnesia"),
            "RABBITMQ_LOGS": "-",
            # Without it the node writes its log of upgrades to the system's folder.
            "RABBITMQ_LOG_BASE": str(home / "log"),
            "RABBITMQ_CONF_ENV_FILE": str(home / "rabbitmq-env.conf"),
            "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(home / "advanced.config"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "enabled_plugins"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(home / "generated"),
            "RABBITMQ_SCHEMA_DIR": str(home / "schema"),
            # Together these make the script replace itself by the Erlang machine, so that supervisor
            # watches and signals the broker and not a shell in front of it.
            "RABBITMQ_ALLOW_INPUT": "true",
            "RABBITMQ_SERVER_START_ARGS": "-noinput",
        }

    def check(self) -> None:
        _connect(self.amqp_url())
        self.management.call("GET", "overview")

    def _login(self) -> str:
        return f"{_USER}:{self.secrets.get('rabbitmq.password')}"

    def _settings(self) -> dict[str, object]:
        return {
            "listeners.tcp.1": f"{HOST}:{self.ports['rabbitmq']}",
            "management.tcp.ip": HOST,
            "management.tcp.port": self.ports["rabbitmq_management"],
            # Made when the node first starts, in place of guest.
            "default_user": _USER,
            "default_pass": self.secrets.get("rabbitmq.password"),
            "default_vhost": _VHOST,
            "default_user_tags.administrator": "true",
            "disk_free_limit.absolute": "200MB",
            "raft.wal_max_size_bytes": 64_000_000,
            "collect_statistics_interval": 10_000,
            "log.console": "true",
            "log.console.level": "info",
        }


def _new_node_name() -> str:
    return f"pingzheng-{random_secrets.token_hex(4)}@localhost"


def _connect(url: str) -> None:
    """Open a connection and close it again."""
    parts = urllib.parse.urlsplit(url)
    connection = amqp.Connection(
        host=f"{parts.hostname}:{parts.port or 5672}",
        userid=urllib.parse.unquote(parts.username or "guest"),
        password=urllib.parse.unquote(parts.password or "guest"),
        virtual_host=urllib.parse.unquote(parts.path.removeprefix("/")) or "/",
        connect_timeout=2,
        read_timeout=5,
        write_timeout=5,
    )
    with connection:
        connection.connect()
