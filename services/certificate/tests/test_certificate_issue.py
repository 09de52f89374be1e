"""A number is given once for each certificate, without gaps and without doubles."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from certificate.adapters.tables import certificate, number_counter, number_template
from chassis.database import Database
from chassis.tables import job
from contracts.certificate import CreateCertificate
from contracts.errors import AppError

New = Callable[..., CreateCertificate]


def code_of(refused: pytest.ExceptionInfo[AppError]) -> str:
    return refused.value.code


def test_a_certificate_gets_the_next_number_of_its_authority(ask: Any, request_of: New) -> None:
    first = ask(request_of(), "review")
    second = ask(request_of(), "review")
    assert (first.number, second.number) == ("瓶32渝A0300001(26)", "瓶32渝A0300002(26)")
    assert (first.state, first.version, first.count) == ("pending", 1, 3)
    assert first.issued_on.isoformat() == "2026-11-24"
    assert first.verify_url.rpartition("/")[0].endswith("/verify")


def test_each_group_of_varieties_has_a_prefix_and_a_counter_of_its_own(ask: Any, request_of: New) -> None:
    numbers = [ask(request_of(variety_group=group), "review").number for group in ("2310", "2320", "23T0")]
    assert numbers == ["瓶31渝A0300001(26)", "瓶32渝A0300001(26)", "瓶3T渝A0300001(26)"]


def test_the_same_certificate_id_answers_the_same_certificate(
    ask: Any, request_of: New, database: Database
) -> None:
    request = request_of()
    first = ask(request, "review", key="one")
    assert ask(request, "review", key="another") == first
    assert ask(request, "review", key="one") == first
    with database.reading() as session:
        assert session.execute(select(func.count()).select_from(job)).scalar_one() == 1
        assert session.execute(select(number_counter.c.last)).scalar_one() == 1


def test_an_application_has_one_certificate(ask: Any, request_of: New) -> None:
    request = request_of()
    ask(request, "review")
    again = request.model_copy(update={"certificate_id": str(uuid.uuid4())})
    with pytest.raises(AppError) as refused:
        ask(again, "review")
    assert code_of(refused) == "WRONG_STATE"


def test_the_id_of_another_application_is_refused(ask: Any, request_of: New) -> None:
    request = request_of()
    ask(request, "review")
    with pytest.raises(AppError) as refused:
        ask(request.model_copy(update={"application_id": "another"}), "review")
    assert code_of(refused) == "IDEMPOTENCY_CONFLICT"


def test_eight_at_once_never_get_one_number_twice(ask: Any, request_of: New) -> None:
    requests = [request_of() for _ in range(40)]
    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(lambda request: ask(request, "review").number, requests))
    assert sorted(numbers) == [f"瓶32渝A03{n:05d}(26)" for n in range(1, 41)]


def test_eight_at_once_for_one_application_get_one_number(
    ask: Any, request_of: New, database: Database
) -> None:
    request = request_of()
    with ThreadPoolExecutor(8) as pool:
        numbers = set(pool.map(lambda _: ask(request, "review").number, range(8)))
    assert numbers == {"瓶32渝A0300001(26)"}
    with database.reading() as session:
        assert session.execute(select(func.count()).select_from(certificate)).scalar_one() == 1


def test_when_the_serials_are_used_up_the_issue_stops(ask: Any, request_of: New, database: Database) -> None:
    with database.engine.begin() as connection:
        full = {"cert_code": "A03", "prefix": "瓶32", "period": "", "last": 359_998}
        connection.execute(insert(number_counter).values(full))
    assert ask(request_of(), "review").number == "瓶32渝A03Z9999(26)"
    with pytest.raises(AppError) as refused:
        ask(request_of(), "review")
    assert code_of(refused) == "WRONG_STATE"
    assert "编号已用完" in refused.value.detail


def test_without_a_rule_that_holds_today_no_number_is_made(
    ask: Any, request_of: New, database: Database
) -> None:
    with database.engine.begin() as connection:
        connection.execute(update(number_template).values(valid_to="2026-11-23"))
    with pytest.raises(AppError) as refused:
        ask(request_of(), "review")
    assert code_of(refused) == "WRONG_STATE"


def test_a_rule_of_today_wins_over_an_older_one(ask: Any, request_of: New, database: Database) -> None:
    newer = {"variety_group": "2320", "prefix": "瓶20", "variety_name": "焊接气瓶", "serial_reset": "yearly"}
    with database.engine.begin() as connection:
        connection.execute(insert(number_template).values(**newer, valid_from="2026-11-24"))
    assert ask(request_of(), "review").number == "瓶20渝A0300001(26)"


@pytest.mark.parametrize("who", ["unit", "bureau", "importer", "gateway"])
def test_only_review_has_certificates_made(ask: Any, request_of: New, who: str) -> None:
    with pytest.raises(AppError) as refused:
        ask(request_of(), who)
    assert code_of(refused) == "FORBIDDEN"
