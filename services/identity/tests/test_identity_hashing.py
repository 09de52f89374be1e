"""The pool of helper processes, used without a service: limits, time-outs, damage."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from chassis import context
from contracts.errors import AppError
from identity.hashing import HashingFault, HashingPool, Helper
from identity.passwords import hash_password

PASSWORD = "Demo-Password-1"


@pytest.fixture
def pool() -> Iterator[HashingPool]:
    """A pool of one."""
    made = HashingPool(1)
    yield made
    context.deadline.set(None)
    made.close()


@pytest.fixture(scope="module")
def stored() -> str:
    """The hash of the password."""
    return hash_password(PASSWORD)


def test_verdicts(pool: HashingPool, stored: str) -> None:
    assert pool.check(stored, PASSWORD).matches
    assert not pool.check(stored, PASSWORD + "\n").matches
    assert not pool.check(None, PASSWORD).matches
    assert not pool.check(stored, "密" * 200).matches


def test_no_account_takes_as_long_as_a_wrong_password(pool: HashingPool, stored: str) -> None:
    pool.warm_up()

    def seconds(hash_: str | None) -> float:
        begun = time.monotonic()
        pool.check(hash_, "wrong")
        return time.monotonic() - begun

    unknown, wrong = (min(seconds(hash_) for _ in range(5)) for hash_ in (None, stored))
    assert 1 / 3 < unknown / wrong < 3


def test_many_wait_for_one_helper(pool: HashingPool, stored: str) -> None:
    with ThreadPoolExecutor(6) as people:
        verdicts = list(people.map(lambda _: pool.check(stored, PASSWORD), range(6)))
    assert all(each.matches for each in verdicts)


def test_who_has_no_time_left_is_told_so_and_spoils_nothing(pool: HashingPool, stored: str) -> None:
    pool.warm_up()
    context.deadline.set(time.time() + 0.02)
    with pytest.raises(AppError, match="UPSTREAM_TIMEOUT"):
        pool.check(stored, PASSWORD)
    context.deadline.set(None)
    assert not pool.check(stored, "wrong").matches
    assert pool.check(stored, PASSWORD).matches


def test_a_damaged_hash_is_our_fault_and_spoils_nothing(pool: HashingPool, stored: str) -> None:
    with pytest.raises(HashingFault, match="InvalidHashError") as fault:
        pool.check("not a hash", PASSWORD)
    assert PASSWORD not in str(fault.value)
    assert pool.check(stored, PASSWORD).matches


def test_a_helper_that_hangs_is_ended(stored: str) -> None:
    helper = Helper()
    os.kill(helper.process.pid, signal.SIGSTOP)
    with pytest.raises(OSError, match="timed out"):
        helper.ask(stored, PASSWORD, 0.2)
    helper.close()
    assert helper.process.returncode == -signal.SIGKILL


def test_a_closed_pool_leaves_no_process(stored: str) -> None:
    pool = HashingPool(2)
    pool.warm_up()
    pool.close()
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)
