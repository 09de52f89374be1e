"""Districts and authorities as others ask for them."""

from __future__ import annotations

from datetime import date

from contracts import identity as contract
from contracts.call import Page
from contracts.errors import AppError
from identity.authorities import Directory
from identity.seeds import Authority


def list_districts(directory: Directory, day: date, *, pilot_only: bool) -> Page[contract.District]:
    """The districts that a new application may choose on ``day``, or just the pilot ones; one page, some forty."""
    pilots = {each.code for each in directory.pilot_districts(day)}
    items = []
    for each in directory.choosable_districts(day):
        if pilot_only and each.code not in pilots:
            continue
        answers = directory.authority_of_district(each.code, day)
        items.append(
            contract.District(
                code=each.code,
                name=each.name,
                pilot=each.code in pilots,
                authority_code=answers.code if answers else "",
            )
        )
    return Page[contract.District](items=items, total=len(items))


def list_authorities(directory: Directory, day: date) -> Page[contract.Authority]:
    """The authorities that act on ``day``; one page, some forty."""
    items = [_as_authority(each) for each in directory.acting_authorities(day)]
    return Page[contract.Authority](items=items, total=len(items))


def get_authority(directory: Directory, day: date, district_code: str, *, pilot: bool) -> contract.Authority:
    """The authority that answers for a district on ``day``. NOT_FOUND when there is none.

    With ``pilot``: DISTRICT_NOT_PILOT unless a new application may choose the district.
    """
    if pilot and district_code not in {each.code for each in directory.pilot_districts(day)}:
        raise AppError("DISTRICT_NOT_PILOT")
    found = directory.authority_of_district(district_code, day)
    if found is None:
        raise AppError("NOT_FOUND")
    return _as_authority(found)


def _as_authority(authority: Authority) -> contract.Authority:
    return contract.Authority(
        code=authority.code,
        name=authority.name,
        cert_code=authority.cert_code,
        phone=authority.phone,
        district_code=authority.district_code,
        pilot=authority.pilot,
    )
