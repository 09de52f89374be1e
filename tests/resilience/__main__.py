"""python -m tests.resilience [NAME…]: every fault case (or those whose names begin so), one line each."""

from __future__ import annotations

import sys

from tests.e2e.running import running_as
from tests.resilience.cases import CASES, run_case
from tests.resilience.wired import WiredStack


def main() -> int:
    """0 when the system recovered from each fault, with nothing lost and nothing done twice."""
    wanted = tuple(sys.argv[1:]) or ("",)
    failed = 0
    with running_as("faults", WiredStack) as stack:
        for case in (each for each in CASES if each.name.startswith(wanted)):
            result = run_case(stack, case)
            failed += bool(result.faults)
            print(result, flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
