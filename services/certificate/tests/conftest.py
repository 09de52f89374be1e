"""What tests of the certificate service build on: a migrated database, storage, callers and one request."""

from __future__ import annotations

import io
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from certificate.adapters.signing import Seal
from certificate.adapters.signing_keys import SigningKeys, ensure_keys
from certificate.adapters.typesetting import fonts_in
from certificate.application.build import Workshop
from certificate.application.tools import Tools
from certificate.service import handlers_of
from certificate.settings import CertificateSettings
from certificate.worker import builds, file_checks
from chassis.database import Database
from chassis.handlers import Handlers, Headers
from chassis.handlers import Tools as AnswerTools
from chassis.storage import Storage
from chassis.tokens import Signer, Verifier
from chassis.worker import Worker
from contracts.bulk import CYLINDER_SNAPSHOT, Refused, write_refused
from contracts.call import Call
from contracts.certificate import CreateCertificate, GetCertificate, Holder, Issuer
from contracts.errors import AppError
from contracts.events import Claim

TODAY = date(2026, 11, 24)
Ask = Callable[..., Any]


@pytest.fixture
def environment(migrated: Callable[[str], dict[str, str]], keys: Path) -> dict[str, str]:
    """The environment of a process of this service, its database migrated."""
    return {**migrated("certificate"), "CERTIFICATE_KEYS_DIR": str(keys)}


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for signing keys; the first that needs them makes them."""
    return tmp_path_factory.mktemp("signing")


@pytest.fixture
def settings(environment: dict[str, str]) -> CertificateSettings:
    """The settings of a process."""
    return CertificateSettings.model_validate({name.lower(): value for name, value in environment.items()})


@pytest.fixture
def database(environment: dict[str, str]) -> Iterator[Database]:
    """The database of a process."""
    made = Database(environment["DATABASE_URL"], "certificate", statement_ms=60_000)
    yield made
    made.engine.dispose()


@pytest.fixture
def tools(database: Database, settings: CertificateSettings) -> Tools:
    """What the use cases need, on a fixed day."""
    return Tools(database, Storage(settings), settings, today=lambda: TODAY)


@pytest.fixture
def handlers(tools: Tools) -> Handlers:
    """The table of calls."""
    return handlers_of(tools)


@pytest.fixture
def token_of(settings: CertificateSettings) -> Callable[..., str]:
    """Tokens: of a service by its name, of an account by its role."""

    def make(who: str, **claims: Any) -> str:
        folder = settings.private_key_file.parent
        if who in {"unit", "bureau", "municipal", "admin"}:
            signer = Signer("identity", folder / "identity.pem")
            return signer.sign({"sub": f"{who}-1", "role": who, **claims}, 60)
        return Signer(who, folder / f"{who}.pem").as_service()

    return make


@pytest.fixture
def ask(handlers: Handlers, tools: Tools, token_of: Callable[..., str]) -> Ask:
    """Asks a call as somebody; gives the typed reply or raises the AppError that crossed the bus."""
    answer_tools = AnswerTools(tools.database, Verifier(tools.settings.public_keys_dir))

    def make(request: Call[Any], who: str, key: str | None = None, **claims: Any) -> Any:
        deadline = int((time.time() + 30) * 1000)
        headers = Headers(token_of(who, **claims), uuid.uuid4().hex, deadline, key or uuid.uuid4().hex)
        body = request.model_dump(mode="json")
        envelope = handlers.answer(request.method(), body, headers, answer_tools)
        if "error" in envelope:
            raise AppError.from_wire(envelope["error"])
        return request.reply_type().model_validate(envelope["result"])

    return make


HOLDER = Holder(
    unit_id="unit-a",
    name="示例气体有限公司",
    credit_code="91500103MA5EXAMPL1",
    use_place="重庆市渝中区示例路1号",
    handler="示例甲",
    phone="13800000000",
    filled_on=date(2026, 11, 20),
)
ISSUER = Issuer(code="AU-500103", name="重庆市渝中区市场监督管理局", cert_code="A03")
_CYLINDER = {
    "variety_code": "2320", "variety_name": "焊接气瓶", "product_name": "液化石油气钢瓶", "model": "YSP35.5",
    "medium_code": "LPG", "medium_name": "液化石油气", "manufacturer_name": "示例压力容器制造有限公司",
    "manufacture_ym": "2024-05", "nominal_pressure_mpa": "2.10", "volume_l": "35.50",
    "next_inspection_date": "2028-05", "ownership": "OWNED", "warnings": [],
}  # fmt: skip


def snapshot_of(count: int, **changes: Any) -> pl.DataFrame:
    """Cylinders as the importer's snapshot has them: N1, N2, …"""
    row = {**dict.fromkeys(CYLINDER_SNAPSHOT), **_CYLINDER, **changes}
    frame = pl.DataFrame(
        {name: pl.Series([value] * count, strict=False) for name, value in row.items()},
        schema_overrides={name: pl.String for name in CYLINDER_SNAPSHOT if name != "warnings"},
    )
    numbers = pl.int_range(1, count + 1, eager=True).cast(pl.String)
    return frame.with_columns(
        ("c" + numbers).alias("cylinder_id"),
        pl.int_range(3, count + 3, eager=True).alias("row"),
        ("N" + numbers).alias("serial_no"),
        ("U-" + numbers).alias("unit_serial_no"),
        ("https://qr.example.com/" + numbers).alias("qr_url"),
        pl.lit([], dtype=pl.List(pl.String)).alias("warnings"),
    )


@pytest.fixture(scope="session")
def cylinders_of() -> Callable[..., pl.DataFrame]:
    """Makes cylinders as the importer's snapshot has them."""
    return snapshot_of


@pytest.fixture
def request_of(tools: Tools) -> Callable[..., CreateCertificate]:
    """Puts cylinders and the refused among them into storage; gives the request for their certificate."""

    def make(
        cylinders: pl.DataFrame | int = 3, refused: tuple[str, ...] = (), **more: Any
    ) -> CreateCertificate:
        frame = snapshot_of(cylinders) if isinstance(cylinders, int) else cylinders
        application_id = str(more.pop("application_id", uuid.uuid4()))
        file = io.BytesIO()
        frame.write_parquet(file)
        left_out = [Refused(cylinder_id=i, reason_code="V01", reason="产品编号与钢印不一致") for i in refused]
        claims = {
            name: _put(tools.storage, f"tests/{application_id}/{name}", content)
            for name, content in (("snapshot", file.getvalue()), ("refused", write_refused(left_out)))
        }
        fields: dict[str, Any] = {
            "certificate_id": str(uuid.uuid4()), "application_id": application_id, "application_no": "QP-1",
            "variety_group": "2320", "holder": HOLDER, "issuer": ISSUER, "count": len(frame) - len(refused),
            "refused_count": len(refused), **claims, **more,
        }  # fmt: skip
        return CreateCertificate(**fields)

    return make


def _put(storage: Storage, key: str, content: bytes) -> Claim:
    stored = storage.put(key, content, "application/octet-stream")
    return Claim(key=stored.key, sha256=stored.sha256)


@pytest.fixture(scope="session")
def made_keys(keys: Path) -> SigningKeys:
    """The signing keys, made once for all tests."""
    return ensure_keys(keys)


@pytest.fixture
def workshop(tools: Tools, made_keys: SigningKeys) -> Workshop:
    """What making files needs, with the installed fonts."""
    return Workshop(tools, fonts_in(tools.settings.certificate_fonts_dir), Seal(made_keys))


@pytest.fixture
def worker(tools: Tools, workshop: Workshop, made_keys: SigningKeys) -> Worker:
    """A worker for every kind of job, to be stepped by ``do_next``."""
    kinds = {**builds(workshop), **file_checks(tools, made_keys)}
    return Worker(tools.database, tools.settings.amqp_url.get_secret_value(), kinds)


@pytest.fixture
def issued(ask: Ask, request_of: Callable[..., CreateCertificate], worker: Worker) -> Callable[..., Any]:
    """A certificate whose files are made; gives it as its unit sees it."""

    def make(*args: Any, **more: Any) -> Any:
        created = ask(request_of(*args, **more), "review")
        while worker.do_next():
            pass
        return ask(GetCertificate(certificate_id=created.id), "unit", unit_id="unit-a")

    return make
