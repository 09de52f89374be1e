"""The worked example of docs/dev/messaging.md is code that runs in the tests of the chassis."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/dev/messaging.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
TESTED = (
    ROOT / "libs/chassis/tests/programs/chassis_probe/service.py",
    ROOT / "libs/chassis/tests/test_chassis_bus.py",
)


def lines(text: str) -> str:
    return "\n".join(line.strip() for line in textwrap.dedent(text).strip().splitlines())


@pytest.mark.parametrize("block", BLOCKS, ids=[block.split("\n")[0] for block in BLOCKS])
def test_a_block_stands_in_tested_code_word_for_word(block: str) -> None:
    assert any(lines(block) in lines(path.read_text()) for path in TESTED)


def test_there_is_an_example_of_each() -> None:
    assert len(BLOCKS) == 5
    assert all(word in "".join(BLOCKS) for word in ("(Call[", "(Event)", "ClaimedJob"))


@pytest.mark.parametrize("target", re.findall(r"`make ([a-z-]+)", PAGE))
def test_every_command_it_names_exists(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)
