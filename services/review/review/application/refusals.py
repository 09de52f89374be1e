"""The one place where a refusal of the rules becomes an error of the interfaces."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from contracts.errors import AppError, FieldFault
from review.domain.errors import Invalid, Refused

P = ParamSpec("P")
R = TypeVar("R")


def translated(refused: Refused) -> AppError:
    """The same refusal with its registered code, its fields and its faults."""
    faults = refused.faults if isinstance(refused, Invalid) else ()
    errors = [FieldFault(field=fault.field, code=fault.code, message=fault.message) for fault in faults]
    return AppError(refused.code, refused.detail or None, errors=errors, **refused.fields)


def by_the_rules(use_case: Callable[P, R]) -> Callable[P, R]:
    """The same use case, whose refusals can cross the bus."""

    @wraps(use_case)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return use_case(*args, **kwargs)
        except Refused as refused:
            raise translated(refused) from refused

    return run
