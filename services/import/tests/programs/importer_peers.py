"""Review, identity and attachments as far as the import service meets them, for tests of real processes.

python -m importer_peers review|identity|attachments      with the environment of the import service
"""

from chassis.nameko_entry import main  # isort: skip  # patches, so it is first

import sys

from chassis.database import Change, Database
from chassis.handlers import Handlers
from chassis.settings import Settings
from chassis.tokens import Caller
from contracts.event import Event
from contracts.events import CylindersChanged, CylindersReleased, CylindersSnapshotted, ImportFinished
from contracts.identity import Authority, GetAuthority
from contracts.review import ApplicationScope, ChooseDistrict, GetApplicationScope

HEARD = {
    "review": (ImportFinished, CylindersChanged, CylindersSnapshotted, CylindersReleased),
    "attachments": (CylindersChanged, CylindersSnapshotted, CylindersReleased),
    "identity": (),
}


def _scope(application_id: str, district_code: str | None) -> ApplicationScope:
    return ApplicationScope(
        application_id=application_id, application_no="NO-1", unit_id="unit-a", registration_reason="NEW",
        variety_group=None, state="draft", district_code=district_code,
        authority_code="CQ-YZ" if district_code else None,
    )  # fmt: skip


def _nothing(_: Change, __: Event) -> None:
    """Heard, and that is all."""


def handlers_of(service: str) -> Handlers:
    """What this service answers, and that it hears its events."""
    handlers = Handlers(service)
    for kind in HEARD[service]:
        handlers.event(kind)(_nothing)
    if service == "review":

        @handlers.query(ChooseDistrict)
        def choose_district(request: ChooseDistrict, _: Caller) -> ApplicationScope:
            return _scope(request.application_id, request.district_code)

        @handlers.query(GetApplicationScope)
        def get_application_scope(request: GetApplicationScope, _: Caller) -> ApplicationScope:
            return _scope(request.application_id, None)

    if service == "identity":

        @handlers.query(GetAuthority)
        def get_authority(request: GetAuthority, _: Caller) -> Authority:
            return Authority(
                code="CQ-YZ", name="虚构市场监管局", cert_code="500103", phone="023-60000001",
                district_code=request.district_code, pilot=True,
            )  # fmt: skip

    return handlers


settings = Settings()
main(handlers_of(sys.argv[1]), settings, Database(settings.database_url.get_secret_value(), sys.argv[1]))
