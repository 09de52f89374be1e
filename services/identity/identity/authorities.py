"""Who registers for which district on which day (domain.md section 13). Pure: rows in, answers out.

An authority is not a district and has dates of its own: a bureau may work on for some weeks after its district
was abolished, and the new district's bureau may open later than the district.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from identity.credit_code import read_credit_code
from identity.seeds import Authority, District


class Directory:
    """The districts and authorities of a set of rows; ``day`` is always a date in Asia/Shanghai."""

    def __init__(self, districts: Iterable[District], authorities: Iterable[Authority]) -> None:
        self._districts = tuple(districts)
        self._by_code = {district.code: district for district in self._districts}
        self._authorities = tuple(authorities)

    def choosable_districts(self, day: date) -> tuple[District, ...]:
        """What a new application may choose: every district that exists on ``day``, never an abolished one."""
        return tuple(district for district in self._districts if district.period.holds(day))

    def pilot_districts(self, day: date) -> tuple[District, ...]:
        """The choosable districts whose own authority takes part in the pilot on ``day``."""
        return tuple(
            district
            for district in self.choosable_districts(day)
            if (authority := self._own_authority(district.code, day)) and authority.pilot
        )

    def acting_authorities(self, day: date) -> tuple[Authority, ...]:
        """Every authority at work on ``day``, once for each district that it has."""
        return tuple(authority for authority in self._authorities if authority.period.holds(day))

    def authority_of_district(self, code: str, day: date) -> Authority | None:
        """The authority that answers for a district on ``day``.

        Its own while that is at work, else that of its successor, the main one first, through any number of
        changes. None for an unknown code and for a day on which no authority in the line is at work.
        """
        found = (self._own_authority(candidate, day) for candidate in self._line(code))
        return next(filter(None, found), None)

    def authority_of_credit_code(self, credit_code: str, day: date) -> Authority | None:
        """The authority for a unit by characters 3 to 8 of its credit code, which may name an old district.

        A wrong check character does not matter here. None for a malformed code or a region without authority.
        """
        region = read_credit_code(credit_code).region
        return self.authority_of_district(region, day) if region else None

    def _own_authority(self, district_code: str, day: date) -> Authority | None:
        return next(
            (a for a in self._authorities if a.district_code == district_code and a.period.holds(day)),
            None,
        )

    def _line(self, code: str) -> Iterator[str]:
        """The district and its successors, nearest first. Rows are editable, so a circle must end, too."""
        waiting, seen = [code], set[str]()
        while waiting:
            current = waiting.pop(0)
            if current in seen:
                continue
            seen.add(current)
            yield current
            waiting.extend(self._by_code[current].successors if current in self._by_code else ())
