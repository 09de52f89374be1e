"""Who may decide an application after somebody else."""

import pytest

from review.domain.errors import SamePerson
from review.domain.separation import check_separation
from review.domain.states import Step


def test_acceptance_examination_and_approval_are_three_people() -> None:
    done = {Step.ACCEPTANCE: {"officer-1"}, Step.EXAMINATION: {"officer-2"}}
    check_separation(Step.APPROVAL, "officer-3", done)
    check_separation(Step.ISSUE, "officer-1", done)
    for actor in ("officer-1", "officer-2"):
        with pytest.raises(SamePerson):
            check_separation(Step.APPROVAL, actor, done)
