"""Passwords: the policy (domain.md section 16) and their Argon2id hashes."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

MIN_LENGTH = 10
MIN_CLASSES = 3
# Long enough for any passphrase; longer input would only cost the server time.
MAX_LENGTH = 128

_HASHER = PasswordHasher()


class WeakPassword(ValueError):
    """The text says what to do and never repeats the password."""


def check_policy(password: str) -> None:
    """Raise WeakPassword unless the password has 10 to 128 characters of at least 3 classes.

    Classes: lower-case and upper-case Latin letters, digits, and everything else.
    """
    length = len(_spelling(password))
    if length < MIN_LENGTH:
        raise WeakPassword(f"密码至少{MIN_LENGTH}位，请加长后重试")
    if length > MAX_LENGTH:
        raise WeakPassword(f"密码最多{MAX_LENGTH}位，请缩短后重试")
    if not _encodable(password) or not password.isprintable():
        raise WeakPassword("密码含有无法使用的字符，请改用字母、数字和常用符号")
    if len({_class_of(character) for character in _spelling(password)}) < MIN_CLASSES:
        raise WeakPassword("密码须含大写字母、小写字母、数字、符号中的至少三类，请修改后重试")


def hash_password(password: str) -> str:
    """The Argon2id hash (PHC string, with its own salt and parameters) of a password that passes the policy."""
    check_policy(password)
    return _HASHER.hash(_spelling(password))


def verify_password(stored: str | None, password: str) -> bool:
    """Whether ``password`` belongs to the hash. For no hash (no such account) False, after the same work.

    Raises argon2.exceptions.InvalidHashError when the stored hash is damaged: a fault of ours, not of the user.
    """
    if len(password) > MAX_LENGTH or not _encodable(password):
        return False
    try:
        _HASHER.verify(stored or _nobody(), _spelling(password))
    except VerifyMismatchError:
        return False
    return stored is not None


def needs_rehash(stored: str) -> bool:
    """Whether the hash was made with other parameters than today's: store a new one after a good sign-in."""
    return _HASHER.check_needs_rehash(stored)


def was_used(password: str, earlier: Iterable[str]) -> bool:
    """Whether the password belongs to one of the earlier hashes of the account (give the last five)."""
    return any(verify_password(stored, password) for stored in earlier)


@cache
def _nobody() -> str:
    return _HASHER.hash("nobody's password")


def _spelling(password: str) -> str:
    """One spelling for what looks the same, so that a full-width input method does not lock its user out."""
    return unicodedata.normalize("NFKC", password)


def _encodable(password: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in password)


def _class_of(character: str) -> str:
    if not character.isascii():
        return "other"
    if character.isdigit():
        return "digit"
    if character.isalpha():
        return "lower" if character.islower() else "upper"
    return "other"
