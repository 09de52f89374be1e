"""使用登记表 as it was frozen, for the bureau: what identifies people is masked."""

from __future__ import annotations

from chassis.masking import mask
from chassis.tokens import Caller
from contracts.errors import AppError
from contracts.identity import Unit
from contracts.review import GetSubmittedForm, SafetyContact, SubmittedForm
from review.application import applications
from review.application.tools import Tools


def submitted_form(request: GetSubmittedForm, caller: Caller, tools: Tools) -> SubmittedForm:
    """The form of the last submission. Raises NOT_FOUND."""
    with tools.database.reading() as session:
        form = applications.seen_by(session, request.application_id, caller)["form"]
    if form is None:
        raise AppError("NOT_FOUND")
    unit = Unit.model_validate(form["unit"])
    return SubmittedForm(
        unit_name=unit.name,
        credit_code=unit.credit_code,
        address=unit.address,
        use_place=unit.use_place,
        postcode=unit.postcode,
        landline=mask("landline", unit.landline),
        safety_department=unit.safety_department.name if unit.safety_department else "",
        safety_officers=[
            SafetyContact(name=mask("name", officer.name), mobile=mask("mobile", officer.mobile))
            for officer in unit.safety_officers
        ],
        filled_by=mask("name", form["filled_by"]),
        filled_on=form["filled_on"],
    )
