"""What a journey has come to, as far as it must be the same for every undisturbed one."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tests.e2e.checking import wait_for
from tests.e2e.journey import Journey


def outcome(journey: Journey) -> dict[str, Any]:
    """Counts and states of everything that the journey made: nothing lost, nothing twice."""
    unit = journey.unit
    application = unit.get(journey.application)
    certificates = list(unit.pages("/api/v1/certificates", application_id=journey.application_id))
    imports = list(unit.pages(f"{journey.application}/imports"))
    timeline = unit.get(f"{journey.application}/timeline")["entries"]
    return {
        "state": application["state"],
        "counts": _settled_counts(journey),
        "imports": Counter(
            (each["state"], each["imported"], each["failed"], each["already"]) for each in imports
        ),
        "certificates": [(each["state"], each["version"], each["count"]) for each in certificates],
        "timeline": Counter(entry["action"] for entry in timeline),
        "photos": Counter(_photos(journey, cylinder_id) for cylinder_id in journey.cylinders.values()),
    }


def _settled_counts(journey: Journey) -> dict[str, int]:
    """The counts once the importer has heard of the refused cylinder."""
    application = wait_for(
        "the counts are settled",
        lambda: journey.unit.get(journey.application),
        lambda found: found["counts"]["refused"] == 1,
        60,
    )
    return dict(application["counts"])


def _photos(journey: Journey, cylinder_id: str) -> tuple[tuple[str, str], ...]:
    photos = journey.unit.get(f"/api/v1/cylinders/{cylinder_id}/photos")["items"]
    return tuple(sorted((photo["kind"], photo["state"]) for photo in photos))
