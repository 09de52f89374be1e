"""From a number to a signed file, with real storage: what is in it, and what becomes of every fault on the way."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from pyhanko.pdf_utils.reader import PdfFileReader
from sqlalchemy import select, text
from tests.fixtures.worn_out import kill_three_workers

from certificate.adapters.signature_check import look
from certificate.adapters.signing_keys import SigningKeys
from certificate.adapters.tables import certificate, certificate_cylinder
from certificate.application import build_jobs
from certificate.application.tools import Tools
from chassis import clock
from chassis.audit import Actor
from chassis.database import Database
from chassis.tables import job
from chassis.worker import Worker
from contracts.certificate import CreateCertificate, GetCertificate

New = Callable[..., CreateCertificate]
PROGRAMS = Path(__file__).parent / "programs"


@pytest.fixture
def files_of(tools: Tools, row_of: Any) -> Callable[[str], dict[str, bytes]]:
    """The stored files of a certificate, which must be those that its row names."""

    def read(certificate_id: str) -> dict[str, bytes]:
        row = row_of(certificate, id=certificate_id)
        files = {part: tools.storage.get(row[f"{part}_key"]) for part in ("pdf", "annex")}
        for part, content in files.items():
            assert hashlib.sha256(content).hexdigest() == row[f"{part}_sha256"]
        return files

    return read


@pytest.fixture
def members(database: Database) -> Callable[[], list[tuple[Any, ...]]]:
    """Positions, cylinders and numbers of all certificates."""

    def read() -> list[tuple[Any, ...]]:
        columns = certificate_cylinder.c
        query = select(columns.position, columns.cylinder_id, columns.serial_no).order_by(columns.position)
        with database.reading() as session:
            return [tuple(row) for row in session.execute(query)]

    return read


def pages(pdf: bytes) -> int:
    return int(PdfFileReader(io.BytesIO(pdf)).root["/Pages"]["/Count"])


def test_the_signed_file_is_trusted_and_whole(
    issued: Any, files_of: Any, made_keys: SigningKeys, tmp_path: Path
) -> None:
    shown = issued(30)
    assert shown.state == "valid"
    pdf = files_of(shown.id)["pdf"]
    path = tmp_path / "certificate.pdf"
    path.write_bytes(pdf)
    facts = look(path, made_keys.ca)
    assert (facts.outcome, facts.intact, facts.trusted) == ("signed", True, True)
    assert facts.sha256 == facts.signed_sha256
    assert b"pdfaid" in pdf
    assert b"ETSI.CAdES.detached" in pdf
    assert pages(pdf) == 1 + 2


def test_a_changed_byte_is_found(issued: Any, files_of: Any, made_keys: SigningKeys, tmp_path: Path) -> None:
    pdf = bytearray(files_of(issued().id)["pdf"])
    at = pdf.index(b"/MediaBox") + 12
    pdf[at] ^= 1
    path = tmp_path / "changed.pdf"
    path.write_bytes(pdf)
    assert not look(path, made_keys.ca).intact


def test_refused_cylinders_are_left_out_and_listed(
    issued: Any, files_of: Any, members: Any, events: Any
) -> None:
    shown = issued(4, refused=("c2",))
    assert shown.count == 3
    assert members() == [(1, "c1", "N1"), (2, "c3", "N3"), (3, "c4", "N4")]
    files = files_of(shown.id)
    assert pages(files["pdf"]) == 3
    book = openpyxl.load_workbook(io.BytesIO(files["annex"]))
    assert [cell.value for cell in book["不予登记清单"][2]] == [
        "1", "焊接气瓶", "N2", "示例压力容器制造有限公司", "产品编号与钢印不一致",
    ]  # fmt: skip
    [event] = events("certificate.issued")
    assert (event["certificate_id"], event["number"], event["count"]) == (shown.id, shown.number, 3)
    assert event["file"]["sha256"] == hashlib.sha256(files["pdf"]).hexdigest()


def test_text_that_looks_like_a_formula_stays_text_in_the_annex(
    issued: Any, files_of: Any, cylinders_of: Any
) -> None:
    frame = cylinders_of(4).with_columns(pl.Series("unit_serial_no", ["=1+1", "+1", "-1", "@A1"]))
    annex = files_of(issued(frame).id)["annex"]
    sheet = openpyxl.load_workbook(io.BytesIO(annex))["气瓶基本信息汇总表"]
    cells = [sheet.cell(row, 11) for row in range(3, 7)]
    assert [(cell.value, cell.data_type) for cell in cells] == [
        ("=1+1", "s"), ("+1", "s"), ("-1", "s"), ("@A1", "s"),
    ]  # fmt: skip
    assert all(cell.style and cell.quotePrefix for cell in cells)


def test_a_second_job_for_a_finished_certificate_changes_nothing(
    issued: Any, database: Database, worker: Worker, row_of: Any, members: Any, events: Any
) -> None:
    shown = issued()
    before = row_of(certificate, id=shown.id)
    with database.changing(Actor("certificate", "service")) as change:
        change.enqueue(build_jobs.new_build(shown.id, "unit-a"))
    assert worker.do_next()
    assert row_of(certificate, id=shown.id) == before
    assert len(members()) == 3
    assert len(events("certificate.issued")) == 1


def test_a_worker_killed_between_storing_and_committing_leaves_no_contradiction(
    ask: Any, request_of: New, environment: dict[str, str], database: Database, worker: Worker,
    files_of: Any, row_of: Any, members: Any, events: Any,
) -> None:  # fmt: skip
    created = ask(request_of(), "review")
    killed = subprocess.run(
        [sys.executable, str(PROGRAMS / "certificate_killed_before_commit.py")],
        check=False,
        env=environment,
        timeout=60,
    )
    assert killed.returncode == -9
    assert row_of(certificate, id=created.id)["state"] == "pending"
    assert not members()
    assert not worker.do_next()  # the dead worker's lease still holds
    with database.engine.begin() as connection:
        connection.execute(text("update job set lease_until = now() - interval '1 s'"))
    assert worker.do_next()
    assert row_of(certificate, id=created.id)["state"] == "valid"
    files_of(created.id)
    assert len(members()) == 3
    assert len(events("certificate.issued")) == 1


FAULTS: dict[str, dict[str, Any]] = {
    "another digest": {"snapshot": {"sha256": "0" * 64}},
    "no such object": {"refused": {"key": "tests/nothing"}},
    "another count": {"count": 2},
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_does_not_fit_together_is_not_certified(
    ask: Any, request_of: New, worker: Worker, row_of: Any, database: Database, fault: str
) -> None:
    request = request_of()
    changes: dict[str, Any] = {
        name: getattr(request, name).model_copy(update=value) if isinstance(value, dict) else value
        for name, value in FAULTS[fault].items()
    }
    created = ask(request.model_copy(update=changes), "review")
    assert worker.do_next()
    row = row_of(certificate, id=created.id)
    assert (row["state"], row["pdf_key"]) == ("pending", None)
    assert row["build_fault"]["message"]
    told = ask(GetCertificate(certificate_id=created.id), "municipal")
    assert (created.failed, told.failed, told.number) == (False, True, created.number)
    assert row_of(job, id=row["build_job"])["state"] == "failed"


def test_a_cylinder_refused_that_is_not_there_is_a_fault(
    ask: Any, request_of: New, worker: Worker, row_of: Any
) -> None:
    created = ask(request_of(3, refused=("c9",), count=3, refused_count=1), "review")
    assert worker.do_next()
    assert "not in" in row_of(certificate, id=created.id)["build_fault"]["message"]


def test_a_character_that_no_font_has_does_not_stop_a_certificate(issued: Any, cylinders_of: Any) -> None:
    assert issued(cylinders_of(2, manufacturer_name="示例\U0001f6e2制造厂")).state == "valid"


def test_control_characters_do_not_stop_a_certificate(issued: Any, cylinders_of: Any) -> None:
    assert issued(cylinders_of(2, manufacturer_name="示例\x01制造\n厂")).state == "valid"


def test_a_failed_build_is_tried_again_after_ten_minutes(
    ask: Any, request_of: New, worker: Worker, row_of: Any, database: Database
) -> None:
    request = request_of()
    right = request.snapshot.sha256
    wrong = request.model_copy(update={"snapshot": request.snapshot.model_copy(update={"sha256": "0" * 64})})
    created = ask(wrong, "review")
    assert worker.do_next()
    build_jobs.retry_failed(database)
    assert not worker.do_next()  # not yet
    with database.engine.begin() as connection:
        connection.execute(text("update job set finished_at = now() - interval '11 minutes'"))
        connection.execute(text("update certificate set snapshot_sha256 = :right"), {"right": right})
    build_jobs.retry_failed(database)
    build_jobs.retry_failed(database)
    assert worker.do_next()
    assert not worker.do_next()
    row = row_of(certificate, id=created.id)
    assert (row["state"], row["build_fault"]) == ("valid", None)


def test_a_job_that_killed_its_workers_is_queued_anew(
    ask: Any, request_of: New, row_of: Any, database: Database
) -> None:
    created = ask(request_of(), "review")
    first = row_of(certificate, id=created.id)["build_job"]
    with database.engine.begin() as connection:
        connection.execute(
            text("update job set state = 'failed', attempt = 3, finished_at = now() - interval '11 minutes'")
        )
    build_jobs.retry_failed(database)
    second = row_of(certificate, id=created.id)["build_job"]
    assert second != first
    assert row_of(job, id=second)["state"] == "queued"


def test_who_waits_for_a_certificate_whose_job_killed_three_workers_is_told(
    ask: Any, request_of: New, row_of: Any, worker: Worker, database: Database
) -> None:
    created = ask(request_of(), "review")
    seen = GetCertificate(certificate_id=created.id)
    build_jobs.note_given_up(database)
    assert not ask(seen, "municipal").failed
    kill_three_workers(database, build_jobs.KIND)
    build_jobs.note_given_up(database)
    assert ask(seen, "municipal").failed
    fault = row_of(certificate, id=created.id)["build_fault"]
    assert fault == clock.WORN_OUT
    with database.engine.begin() as connection:
        connection.execute(text("update job set finished_at = now() - interval '11 minutes'"))
    build_jobs.retry_failed(database)
    assert worker.do_next()
    told = ask(seen, "municipal")
    assert (told.state, told.failed) == ("valid", False)


def test_without_fonts_the_worker_does_not_start(environment: dict[str, str], tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "certificate.worker"],
        check=False,
        env={**environment, "CERTIFICATE_FONTS_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 1
    assert "fonts missing" in ended.stdout
    assert "Noto Serif CJK SC" in ended.stdout


@pytest.mark.slow
def test_thousands_of_cylinders_fit_into_one_certificate(issued: Any, files_of: Any, members: Any) -> None:
    shown = issued(6000)
    assert pages(files_of(shown.id)["pdf"]) == 1 + 240
    assert len(members()) == 6000
