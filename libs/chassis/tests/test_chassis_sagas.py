"""A saga by its key: it runs until it has ended once, and what it makes is named by its key."""

from collections.abc import Iterator

import pytest

from chassis import context, idempotency
from chassis.database import Database
from contracts.errors import AppError

WHO = ("a-1", "open", "k1")


@pytest.fixture
def database(probe: dict[str, str]) -> Iterator[Database]:
    made = Database(probe["DATABASE_URL"], "identity")
    yield made
    made.engine.dispose()


def test_a_repeat_gets_the_first_reply_and_does_nothing(database: Database) -> None:
    runs: list[int] = []

    def saga() -> dict[str, object]:
        runs.append(1)
        return {"n": len(runs)}

    assert idempotency.for_saga(database, WHO, {"name": "a"}, saga) == {"n": 1}
    assert idempotency.for_saga(database, WHO, {"name": "a"}, saga) == {"n": 1}
    with pytest.raises(AppError, match="IDEMPOTENCY_CONFLICT"):
        idempotency.for_saga(database, WHO, {"name": "b"}, saga)


def test_a_saga_that_was_cut_off_runs_again(database: Database) -> None:
    def cut_off() -> dict[str, object]:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        idempotency.for_saga(database, WHO, {"name": "a"}, cut_off)
    with pytest.raises(AppError, match="IDEMPOTENCY_CONFLICT"):
        idempotency.for_saga(database, WHO, {"name": "b"}, dict)
    assert idempotency.for_saga(database, WHO, {"name": "a"}, lambda: {"n": 2}) == {"n": 2}


def test_a_refused_saga_leaves_its_key_free_for_the_corrected_request(database: Database) -> None:
    def refused() -> dict[str, object]:
        raise AppError("INCOMPLETE")

    with pytest.raises(AppError, match="INCOMPLETE"):
        idempotency.for_saga(database, WHO, {"name": "a"}, refused)
    assert idempotency.for_saga(database, WHO, {"name": "b"}, lambda: {"n": 3}) == {"n": 3}


def test_what_is_made_has_the_same_id_for_the_same_key() -> None:
    token = context.operation.set("a-1:open:k1")
    try:
        first = context.operation_id()
        assert context.operation_id() == first
        context.operation.set("a-1:open:k2")
        assert context.operation_id() != first
        context.operation.set("")
        assert context.operation_id() != context.operation_id()
    finally:
        context.operation.reset(token)


def test_a_saga_whose_reply_would_be_stale_runs_again_and_still_refuses_another_request(
    database: Database,
) -> None:
    runs: list[int] = []

    def saga() -> dict[str, object]:
        runs.append(1)
        return {"n": len(runs)}

    def ask(name: str) -> dict[str, object]:
        return idempotency.for_saga(database, WHO, {"name": name}, saga, keep_reply=False)

    assert (ask("a"), ask("a")) == ({"n": 1}, {"n": 2})
    with pytest.raises(AppError, match="IDEMPOTENCY_CONFLICT"):
        ask("b")
