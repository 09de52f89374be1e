"""Whose things a caller may see is decided in one place: no service compares a unit or authority by itself.

``chassis.access`` turns the caller into a condition. A comparison of ``….unit_id`` or ``….authority_code`` with
something of the caller anywhere else would be a second way, and the one that is forgotten.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (
    "identity/identity",
    "import/importer",
    "attachments/attachments",
    "review/review",
    "certificate/certificate",
)
FIELDS = {"unit_id", "authority_code"}


def names_a_callers_field(node: ast.expr) -> bool:
    """``caller.unit_id``, ``self.caller.authority_code``, …"""
    if not isinstance(node, ast.Attribute) or node.attr not in FIELDS:
        return False
    owner = node.value
    return "caller" in (owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", ""))


def comparisons_with_the_caller(source: str) -> Iterator[int]:
    """Lines that compare something with the caller's unit or authority, by an operator or by ``in_``."""
    for node in ast.walk(ast.parse(source)):
        operands: list[ast.expr] = []
        if isinstance(node, ast.Compare):
            operands = [node.left, *node.comparators]
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in {"in_", "__eq__"}
        ):
            operands = list(node.args)
        yield from (operand.lineno for operand in operands if names_a_callers_field(operand))


def sources() -> list[Path]:
    return [path for package in PACKAGES for path in sorted((ROOT / "services" / package).rglob("*.py"))]


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT / "services")))
def test_no_service_compares_with_the_callers_unit_or_authority_by_itself(path: Path) -> None:
    lines = list(comparisons_with_the_caller(path.read_text()))
    assert not lines, f"{path}: lines {lines}: use chassis.access.visible, may_see or check_may_see"


@pytest.mark.parametrize(
    "line",
    [
        "select(t).where(t.c.unit_id == caller.unit_id)",
        "if row.authority_code != caller.authority_code: pass",
        "ok = self.caller.unit_id == row.unit_id",
        "t.c.unit_id.in_(caller.unit_id)",
    ],
)
def test_the_check_finds_what_it_is_there_for(line: str) -> None:
    assert list(comparisons_with_the_caller(line)) == [1]


def test_the_check_lets_pass_what_goes_through_the_one_place() -> None:
    assert not list(comparisons_with_the_caller("q.where(visible(caller, t.c.unit_id, t.c.authority_code))"))
    assert not list(comparisons_with_the_caller("row = {'unit_id': caller.unit_id}"))
