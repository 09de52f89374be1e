"""The parts of the local set-up that need no server."""

import configparser
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from local_stack import debian, minio_build
from local_stack.backing import choose_backing
from local_stack.credentials import Secrets, ensure_key_pairs
from local_stack.environment import extra_environment
from local_stack.errors import StackError
from local_stack.install import Need
from local_stack.layout import Layout
from local_stack.ports import Ports
from local_stack.processes import process_table
from local_stack.program import Program
from local_stack.remembered import Busy, file_lock
from local_stack.stack import Stack
from local_stack.supervisor import ProcessState
from local_stack.supervisor_conf import configuration


def test_the_table_has_every_process_of_the_design_once() -> None:
    names = [process.name for process in process_table({"import-worker": 3, "review-worker": 0})]
    assert len(names) == len(set(names))
    assert [name for name in names if name.startswith("import-worker")] == [
        f"import-worker-{n}" for n in (1, 2, 3)
    ]
    assert not [name for name in names if name.startswith("review-worker")]
    assert {"photo-worker-2", "relay-identity", "clock-certificate", "gateway-http", "gateway-grpc"} <= set(
        names
    )


def test_a_status_line_reads_as_documented() -> None:
    assert (
        str(ProcessState("import-worker-1", "running", 4711, 200))
        == "import-worker-1 running pid 4711 uptime 0:03:20"
    )
    assert (
        str(ProcessState("clock-review", "running", 5, 90_061))
        == "clock-review running pid 5 uptime 25:01:01"
    )
    assert str(ProcessState("gateway-http", "backoff")) == "gateway-http backoff"


def test_ports_are_remembered_and_two_stacks_never_share_one(tmp_path: Path) -> None:
    one, two = (Ports(tmp_path / name / "ports.json", tmp_path / "book.json") for name in ("one", "two"))
    names = [f"health-{number}" for number in range(40)]
    first = {name: one[name] for name in names}
    assert not set(first.values()) & {two[name] for name in names}
    assert {name: Ports(one.file, one.book)[name] for name in names} == first


def test_a_port_that_a_stranger_took_is_chosen_again(tmp_path: Path) -> None:
    ports = Ports(tmp_path / "ports.json", tmp_path / "book.json")
    postgres, minio = ports["postgres"], ports["minio"]
    with socket.create_server(("127.0.0.1", postgres)):
        assert ports.replace_taken(("minio",)) == []
        assert ports.replace_taken() == ["postgres"]
        assert ports["postgres"] != postgres
    assert ports["minio"] == minio


def test_a_secret_is_made_once_even_when_many_ask(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path / "secrets.json")
    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(lambda _: secrets.get("rabbitmq.password"), range(8)))
    assert len(answers) == 1
    assert secrets.file.stat().st_mode & 0o777 == 0o600


def test_key_pairs_are_made_once(tmp_path: Path) -> None:
    ensure_key_pairs(tmp_path, ["review"])
    private = (tmp_path / "private" / "review.pem").read_text()
    ensure_key_pairs(tmp_path, ["review", "gateway"])
    assert (tmp_path / "private" / "review.pem").read_text() == private
    assert (tmp_path / "private" / "gateway.pem").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "public" / "gateway.pem").read_text().startswith("-----BEGIN PUBLIC KEY-----")


def test_a_lock_that_stays_held_is_reported(tmp_path: Path) -> None:
    with file_lock(tmp_path / "lock"), pytest.raises(Busy), file_lock(tmp_path / "lock", seconds=0.2):
        pass


def test_the_configuration_carries_values_as_they_are(tmp_path: Path) -> None:
    program = Program(
        "sample", ("/bin/echo", "a b", "50%"), tmp_path, {"URL": "x://u:p%40@h/?a=1;b", "QUOTE": '"'}
    )
    parser = configparser.ConfigParser()  # it undoes %% as supervisor's own parser does
    parser.read_string(configuration(Layout(tmp_path), [program]))
    section = parser["program:sample"]
    assert section["command"] == "/bin/echo 'a b' 50%"
    assert 'URL="x://u:p%40@h/?a=1;b"' in section["environment"]
    assert "QUOTE='\"'" in section["environment"]
    with pytest.raises(ValueError, match="line break"):
        configuration(Layout(tmp_path), [Program("sample", ("true",), tmp_path, {"A": "1\n2"})])


def test_existing_servers_are_taken_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PINGZHENG_POSTGRES_URL", "postgresql://root:secret@db.example:5433/postgres")
    monkeypatch.setenv("PINGZHENG_AMQP_URL", "amqp://user:secret@mq.example/main")
    monkeypatch.setenv("PINGZHENG_S3_URL", "https://KEY:SE%2FCRET@s3.example/photos?region=cn-north-1")
    stack = Stack(tmp_path / ".run")
    assert stack.backing.programs() == []
    assert stack.process_env("identity")["DATABASE_URL"].endswith(
        f"@db.example:5433/pz_{stack.layout.fingerprint}_identity"
    )
    assert stack.backing.rabbitmq.amqp_url("other") == "amqp://user:secret@mq.example/other"
    assert (stack.s3.endpoint, stack.s3.secure, stack.s3.secret_key) == ("s3.example", True, "SE/CRET")
    assert (stack.s3.bucket, stack.s3.region) == ("photos", "cn-north-1")


def test_each_process_gets_only_what_is_its_own(tmp_path: Path) -> None:
    stack = Stack(tmp_path / ".run")
    review, gateway = stack.process_env("review-worker-1"), stack.process_env("gateway-grpc")
    assert review["SERVICE"] == "review"
    assert review["PROCESS"] == "review-worker-1"
    assert "review_runtime:" in review["DATABASE_URL"]
    assert "OWNER_DATABASE_URL" not in review
    assert "DATABASE_URL" not in gateway
    assert gateway["GRPC_PORT"] == stack.grpc_address.rpartition(":")[2]
    assert "HTTP_PORT" not in gateway
    assert "review_owner:" in stack.migration_env("review")["OWNER_DATABASE_URL"]
    ports = {stack.process_env(process.name)["HEALTH_PORT"] for process in stack.processes}
    assert len(ports) == len(stack.processes)
    with pytest.raises(StackError, match="no process worker"):
        stack.process_env("worker")


def test_only_the_certificate_service_knows_the_signing_keys(tmp_path: Path) -> None:
    extras = {
        service: extra_environment(service, "", tmp_path, 1, 2) for service in ("certificate", "review")
    }
    assert extras["certificate"] == {"BASE_URL": "http://127.0.0.1:1", "CERTIFICATE_KEYS_DIR": str(tmp_path)}
    assert extras["review"] == {}


def test_a_long_path_gets_a_short_socket(tmp_path: Path) -> None:
    near, far = Layout(Path("/srv/pingzheng/.run")), Layout(tmp_path / ("x" * 100))
    assert near.supervisor_socket == Path("/srv/pingzheng/.run/supervisor.sock")
    assert len(str(far.supervisor_socket)) < 60
    assert far.supervisor_socket != Layout(tmp_path / ("y" * 100)).supervisor_socket


def test_packages_are_installed_without_their_services(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = tmp_path / "calls"
    apt = tmp_path / "bin" / "apt-get"
    apt.parent.mkdir()
    apt.write_text(f'#!/bin/sh\necho "$*" >>{calls}\n{tmp_path}/policy; echo "policy $?" >>{calls}\n')
    apt.chmod(0o755)
    monkeypatch.setenv("PATH", f"{apt.parent}:/usr/bin:/bin")
    monkeypatch.setattr(debian, "_POLICY", tmp_path / "policy")
    monkeypatch.setattr(debian, "_POSTGRES_COMMON", tmp_path / "postgresql-common")
    debian.apt_install(["rabbitmq-server"])
    lines = calls.read_text().splitlines()
    assert lines[1] == "policy 101", "starting services is forbidden meanwhile"
    assert lines[2].endswith("install --no-install-recommends rabbitmq-server")
    assert not (tmp_path / "policy").exists()
    assert not list((tmp_path / "postgresql-common").rglob("*.conf"))
    apt.write_text("#!/bin/sh\nexit 100\n")
    with pytest.raises(StackError, match="rabbitmq-server"):
        debian.apt_install(["rabbitmq-server"])


def test_minio_is_built_once_with_progress(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    go = tmp_path / "go"
    go.write_text(
        "#!/bin/sh\n"
        f'line="mod {minio_build.MINIO_MODULE} {minio_build.MINIO_VERSION}"\n'
        '[ "$1" = version ] && { echo "  $line"; exit; }\n'
        f'echo built >>{tmp_path}/builds; echo "go: downloading x v1"; seq 1 250; echo program >"$GOBIN/minio"\n'
    )
    go.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("PINGZHENG_CACHE", str(tmp_path / "cache"))
    minio_build.ensure_minio()
    minio_build.ensure_minio()
    assert (tmp_path / "builds").read_text() == "built\n"
    assert minio_build.minio_binary().read_text() == "program\n"
    shown = capsys.readouterr().out
    assert "go: downloading x v1" in shown
    assert "200 packages compiled" in shown


def test_what_is_missing_is_said_in_one_line() -> None:
    message = Need("RabbitMQ 3.10 or later", "rabbitmq-server", "PINGZHENG_AMQP_URL").message()
    assert message == (
        "RabbitMQ 3.10 or later is missing: install it (Debian package rabbitmq-server),"
        " or set PINGZHENG_AMQP_URL to an existing server"
    )


def test_without_existing_servers_all_three_are_private(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    backing = choose_backing(layout, Ports(layout.ports, tmp_path / "book.json"), Secrets(layout.secrets))
    assert backing.program_names == ["postgres", "epmd", "rabbitmq", "minio"]


def test_the_command_line_reports_errors_in_one_line(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "local_stack", "scale", "import-worker=many"],
        env={
            "PYTHONPATH": str(Path(minio_build.__file__).parents[1]),
            "PINGZHENG_RUN": str(tmp_path),
            "HOME": "/",
        },
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == "import-worker=many: write it as import-worker=4\n"
