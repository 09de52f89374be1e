"""The password policy and its hashes."""

from __future__ import annotations

import argon2
import pytest
from argon2.exceptions import InvalidHashError

from identity import passwords

GOOD = "Gas-cylinder-1"


@pytest.mark.parametrize(
    "password", [GOOD, "abcdefgh12ABC", "abcdefgh1!", "ABCDEFGH1!", "气瓶登记系统abc123"]
)
def test_ten_characters_of_three_classes_are_enough(password: str) -> None:
    passwords.check_policy(password)


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("", "至少10位"),
        ("Abcdef12!", "至少10位"),
        ("abcdefghij", "至少三类"),
        ("abcdefgh12", "至少三类"),
        ("气瓶使用登记一二三四五六", "至少三类"),
        ("Aa1!" * 33, "最多128位"),
        ("Abcdefgh1\x00", "无法使用"),
        ("Abcdefgh1\ud800", "无法使用"),
    ],
)
def test_weak_or_odd_passwords_are_refused_with_what_to_do(password: str, reason: str) -> None:
    with pytest.raises(passwords.WeakPassword, match=reason) as refused:
        passwords.hash_password(password)
    assert not password or password not in str(refused.value)


def test_a_password_belongs_to_its_own_hash_only() -> None:
    stored = passwords.hash_password(GOOD)
    assert stored.startswith("$argon2id$")
    assert GOOD not in stored
    assert passwords.verify_password(stored, GOOD)
    assert not passwords.verify_password(stored, GOOD + "x")
    assert stored != passwords.hash_password(GOOD)


def test_the_full_width_spelling_is_the_same_password() -> None:
    assert passwords.verify_password(passwords.hash_password(GOOD), "Ｇａｓ-cylinder-１")


@pytest.mark.parametrize("password", ["", "x" * 1000, "\ud800"])
def test_impossible_passwords_are_simply_wrong(password: str) -> None:
    assert not passwords.verify_password(passwords.hash_password(GOOD), password)


def test_no_account_is_a_wrong_password_after_a_real_verification() -> None:
    assert not passwords.verify_password(None, GOOD)
    assert not passwords.verify_password(None, "nobody's password")


def test_a_damaged_stored_hash_is_our_fault_and_says_so() -> None:
    with pytest.raises(InvalidHashError):
        passwords.verify_password("not a hash", GOOD)


def test_a_hash_of_weaker_parameters_is_to_be_renewed() -> None:
    weak = argon2.PasswordHasher(time_cost=1, memory_cost=8192).hash(GOOD)
    assert passwords.needs_rehash(weak)
    assert not passwords.needs_rehash(passwords.hash_password(GOOD))


def test_earlier_passwords_are_recognised() -> None:
    earlier = [passwords.hash_password(f"Gas-cylinder-{n}") for n in (1, 2)]
    assert passwords.was_used("Gas-cylinder-2", earlier)
    assert not passwords.was_used("Gas-cylinder-3", earlier)
