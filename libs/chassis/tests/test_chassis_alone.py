"""What the chassis does without any server."""

import io
import json
import logging
import time
from pathlib import Path
from typing import ClassVar

import pytest
import structlog
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import ValidationError
from tests.fixtures.processes import until

from chassis import context, logs, tokens
from chassis.handlers import Handlers
from chassis.rpc import RpcClient
from chassis.settings import Settings
from chassis.tokens import Signer, Verifier
from contracts.call import Call, Kind, Nothing
from contracts.errors import AppError
from contracts.importer import CheckCylinders

STRONG = "correct-horse-battery"


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    for name in ("identity", "review"):
        key = Ed25519PrivateKey.generate()
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        (tmp_path / f"{name}.key").write_bytes(private)
        (tmp_path / f"{name}.pem").write_bytes(public)
    return tmp_path


def settings(env: str, secret: str) -> Settings:
    return Settings.model_validate(
        {
            "pingzheng_env": env,
            "service": "review",
            "process": "review",
            "database_url": f"postgresql+psycopg://review:{secret}@127.0.0.1/review",
            "amqp_url": f"amqp://review:{STRONG}@127.0.0.1/",
            "s3_endpoint": "127.0.0.1:9000",
            "public_s3_endpoint": "https://files.example.com",
            "s3_access_key": "pingzheng",
            "s3_secret_key": STRONG,
            "s3_bucket": "pingzheng",
            "s3_region": "cn-chongqing",
            "private_key_file": "review.key",
            "public_keys_dir": "keys",
            "health_port": 1,
        }
    )


@pytest.mark.parametrize("secret", ["guest", "short", "", "changeme"])
def test_a_weak_secret_stops_the_start_in_production_only(secret: str) -> None:
    with pytest.raises(ValidationError, match="DATABASE_URL"):
        settings("production", secret)
    assert settings("local", secret).service == "review"
    assert settings("production", STRONG).service == "review"


def test_secrets_never_show_in_the_printed_settings() -> None:
    assert STRONG not in repr(settings("production", STRONG))


def test_leaving_the_process_is_refused_while_a_transaction_is_open() -> None:
    context.leave_process("rpc")
    with context.transaction_open(), pytest.raises(context.InsideTransactionError, match="rpc"):
        context.leave_process("rpc")
    context.leave_process("rpc")


def test_a_further_call_gets_no_more_time_than_the_caller_has_left() -> None:
    token = context.deadline.set(time.time() + 2)
    try:
        assert 1.5 < context.seconds_left(10) <= 2
        assert context.seconds_left(1) == 1
        context.deadline.set(time.time() - 1)
        with pytest.raises(AppError, match="UPSTREAM_TIMEOUT"):
            context.seconds_left(10)
    finally:
        context.deadline.reset(token)


def test_logs_are_json_with_the_request_and_without_secrets_or_phone_numbers() -> None:
    stream = io.StringIO()
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    token = context.request_id.set("r-1")
    try:
        logs.configure("review", stream)
        logging.getLogger("library").warning("call 13800001234 of %s", "a unit")
        structlog.get_logger("ours").info("signed in", access_token="abc", phone="13800001234")
    finally:
        context.request_id.reset(token)
        root.handlers[:] = before
        root.setLevel(level)
    first, second = (json.loads(line) for line in stream.getvalue().splitlines())
    assert first["event"] == "call 138****1234 of a unit"
    assert (second["access_token"], second["phone"]) == ("[hidden]", "138****1234")
    assert {first["request_id"], second["request_id"]} == {"r-1"}
    assert second["process"] == "review"


def test_a_process_speaks_for_itself(keys: Path) -> None:
    caller = Verifier(keys).caller(Signer("review", keys / "review.key").as_service())
    assert (caller.id, caller.role, caller.kind) == ("review", "service", "review")


def test_an_account_is_vouched_for_by_identity_only(keys: Path) -> None:
    claims = {"sub": "a-1", "role": "bureau", "authority_code": "AU-500103", "steps": ["acceptance"]}
    caller = Verifier(keys).caller(Signer("identity", keys / "identity.key").sign(claims, 60))
    assert (caller.kind, caller.authority_code, caller.steps) == (
        "bureau",
        "AU-500103",
        frozenset({"acceptance"}),
    )
    with pytest.raises(AppError, match="TOKEN_EXPIRED"):
        Verifier(keys).caller(Signer("review", keys / "review.key").sign(claims, 60))


def test_bad_tokens_are_refused(keys: Path) -> None:
    review = Signer("review", keys / "review.key")
    other = Signer("identity", keys / "review.key")  # signed with the wrong key
    posing = review.sign({"sub": "importer", "role": "service"}, 60)
    expired = review.sign({"sub": "review", "role": "service"}, -60)
    for token in (posing, expired, other.as_service(), "", "a.b.c", review.as_service()[:-8] + "AAAAAAAA"):
        with pytest.raises(AppError, match="TOKEN_EXPIRED"):
            Verifier(keys).caller(token)


def test_a_remembered_token_ends_as_any_other(keys: Path) -> None:
    verifier, signer = Verifier(keys), Signer("review", keys / "review.key")
    token = signer.sign({"sub": "review", "role": "service"}, 2 - tokens.LEEWAY_S)
    assert verifier.caller(token) is verifier.caller(token)

    def refused() -> bool:
        try:
            return verifier.caller(token) is None
        except AppError as fault:
            return fault.code == "TOKEN_EXPIRED"

    until(refused, 4)


def test_only_some_tokens_are_remembered(keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "MOST_KNOWN", 2)
    verifier, signer = Verifier(keys), Signer("review", keys / "review.key")
    for seconds in range(30, 35):
        verifier.caller(signer.sign({"sub": "review", "role": "service"}, seconds))
    assert len(verifier._known) == 2


def test_a_process_speaks_with_one_token_for_a_while(keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    signer, begun = Signer("review", keys / "review.key"), time.time()
    first = signer.as_service()
    assert signer.as_service() == first
    monkeypatch.setattr(tokens, "SERVICE_TOKEN_USED_S", 0)
    until(lambda: signer.as_service() != first, 3)  # its time is in it, in seconds
    assert time.time() - begun < tokens.SERVICE_TOKEN_S


def test_a_call_that_changes_can_not_be_served_without_its_transaction() -> None:
    class Change(Call[Nothing]):
        service: ClassVar[str] = "review"
        kind: ClassVar[Kind] = "change"
        callers: ClassVar[frozenset[str]] = frozenset({"unit"})

    class Ask(Call[Nothing]):
        service: ClassVar[str] = "review"
        callers: ClassVar[frozenset[str]] = frozenset({"unit"})

    handlers = Handlers("review")
    with pytest.raises(ValueError, match="change"):
        handlers.query(Change)(lambda _request, _caller: Nothing())
    with pytest.raises(ValueError, match="query"):
        handlers.change(Ask)(lambda _change, _request, _caller: Nothing())


def test_a_call_while_the_broker_is_away_says_so(keys: Path) -> None:
    client = RpcClient("amqp://guest:guest@127.0.0.1:1/", Signer("review", keys / "review.key"))
    with pytest.raises(AppError, match="UPSTREAM_UNAVAILABLE"):
        client.call(CheckCylinders(application_id="a"))
