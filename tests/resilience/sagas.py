"""Fault cases: the submission of an application is cut between two of its steps, by the end of its process."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.e2e.checking import expect, wait_for
from tests.e2e.journey import Journey
from tests.e2e.people import People
from tests.e2e.shortcuts import imported
from tests.e2e.steps_unit import photos, photos_ready, submit
from tests.resilience.wired import wired

from local_stack import Stack

REFUSED = "refuse seal_photos"
# What is done when it happens -> the points at which review dies, one after the other, while the unit's client repeats.
SUBMISSIONS: dict[str, tuple[str, ...]] = {
    "begun": ("before seal_cylinders",),
    "cylinders sealed": ("after seal_cylinders",),
    "photos sealed": ("after seal_photos",),
    "done, not answered": ("committed",),
    "at every step": ("before seal_cylinders", "after seal_cylinders", "after seal_photos", "committed"),
    "its undoing begun": (REFUSED, "before unseal_cylinders"),
    "undone, cylinders free": (REFUSED, "after unseal_cylinders"),
    "undone, photos free": (REFUSED, "after unseal_photos"),
}


@dataclass
class CutSubmission:
    """A draft that is ready, then its submission with review dying at ``points``."""

    points: tuple[str, ...]
    journeys: list[Journey] = field(default_factory=list)

    def prepare(self, stack: Stack) -> None:
        """A draft with two cylinders and their photos."""
        journey = imported(Journey.start(People(stack), count=2, faulty=0))
        photos(journey)
        photos_ready(journey)
        self.journeys.append(journey)

    def cut(self, stack: Stack) -> None:
        """Submitted in the end, by a client that repeats with its key; all points were passed."""
        journey = self.journeys.pop()
        wired(stack).cut_at.write_text("\n".join(self.points), encoding="utf-8")
        submit(journey)
        left = wired(stack).cut_at.read_text(encoding="utf-8").splitlines()
        expect("points that were not passed", left, [])
        address = f"{journey.application}/review"
        wait_for(
            "the review is laid out", lambda: journey.people["acceptance"].get(address)["pages"], bool, 60
        )
        journey.people.close()
