"""The check of an uploaded PDF: every file gets a clear answer, is not kept, and tells nothing of people."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import copy_into_new_writer
from pyhanko.sign import signers
from pyhanko.sign.fields import SigSeedSubFilter
from sqlalchemy import func, select, text

from certificate.adapters.contained import look_contained
from certificate.adapters.signing import Seal
from certificate.adapters.signing_keys import SigningKeys, ensure_keys
from certificate.adapters.tables import certificate, pdf_check
from certificate.application import checks
from certificate.application.tools import Tools
from certificate.domain.file_verdict import MAX_BYTES, MESSAGES
from chassis.database import Database
from chassis.storage import NotStoredError, Storage
from chassis.worker import Worker
from contracts.certificate import GetPdfCheck, PdfCheck, StartPdfCheck
from contracts.errors import AppError

MOMENT = datetime(2026, 11, 24, tzinfo=UTC)
Check = Callable[[bytes], PdfCheck]


def test_twenty_megabytes_of_rubbish_are_no_work(tmp_path: Path, made_keys: SigningKeys) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7" + b"x" * (20 * 1024 * 1024 - 8))
    assert look_contained(tmp_path / "a.pdf", made_keys.ca).outcome == "not_pdf"


def key_of(upload_id: str) -> str:
    return Storage.staging_key(checks.AREA, upload_id)


@pytest.fixture
def check(ask: Any, tools: Tools, worker: Worker) -> Check:
    """Uploads bytes, has them checked, and sees that they are not kept."""

    def make(content: bytes) -> PdfCheck:
        upload_id = uuid.uuid4().hex
        tools.storage.put(key_of(upload_id), content, "application/pdf")
        started = ask(StartPdfCheck(upload_id=upload_id), "gateway")
        assert started.state == "queued"
        assert worker.do_next()
        with pytest.raises(NotStoredError):
            tools.storage.size(key_of(upload_id))
        answered: PdfCheck = ask(GetPdfCheck(check_id=started.id), "gateway")
        assert answered.state == "done"
        return answered

    return make


@pytest.fixture
def pdf(issued: Any, tools: Tools, row_of: Any) -> bytes:
    """The signed file of a certificate."""
    return tools.storage.get(row_of(certificate, id=issued().id)["pdf_key"])


def facts(answer: PdfCheck) -> tuple[bool, bool, bool, bool]:
    return answer.intact, answer.trusted, answer.ours, answer.latest


def test_the_file_that_was_issued_passes(check: Check, pdf: bytes) -> None:
    answer = check(pdf)
    assert facts(answer) == (True, True, True, True)
    assert (answer.number, answer.certificate_state) == ("瓶32渝A0300001(26)", "valid")
    assert answer.message == MESSAGES["valid"]


def test_a_voided_certificate_is_said_to_be_void(check: Check, pdf: bytes, database: Database) -> None:
    with database.engine.begin() as connection:
        connection.execute(text("update certificate set state = 'voided'"))
    answer = check(pdf)
    assert facts(answer) == (True, True, True, False)
    assert (answer.certificate_state, answer.message) == ("voided", MESSAGES["voided"])


def test_an_older_version_is_not_the_latest(check: Check, pdf: bytes, database: Database) -> None:
    newer = """
        insert into certificate (id, application_id, application_no, number, version, token, state, unit_id,
            authority_code, holder, issuer, variety_group, variety_name, count, refused_count, snapshot_key,
            snapshot_sha256, refused_key, refused_sha256, issued_on, licence_identifier, pdf_key, pdf_sha256, build_job)
        select 'newer', application_id, application_no, number, 2, 'newer', 'valid', unit_id,
            authority_code, holder, issuer, variety_group, variety_name, count, refused_count, snapshot_key,
            snapshot_sha256, refused_key, refused_sha256, issued_on, licence_identifier, 'k', 'd', build_job
        from certificate"""
    with database.engine.begin() as connection:
        connection.execute(text("update certificate set state = 'superseded'"))
        connection.execute(text(newer))
    answer = check(pdf)
    assert facts(answer) == (True, True, True, False)
    assert answer.message == MESSAGES["superseded"]


def test_an_appended_update_is_a_change_of_our_file(check: Check, pdf: bytes) -> None:
    changed = io.BytesIO(pdf)
    writer: Any = IncrementalPdfFileWriter(changed)
    page = writer.root["/Pages"]["/Kids"][0]
    writer.update_container(page)
    writer.write_in_place()
    answer = check(changed.getvalue())
    assert facts(answer) == (False, True, False, True)
    assert (answer.number, answer.message) == ("瓶32渝A0300001(26)", MESSAGES["changed"])


@pytest.mark.parametrize("more", [b"\n", b"% a comment\n", b"\x00" * 100])
def test_bytes_behind_the_end_are_a_change(check: Check, pdf: bytes, more: bytes) -> None:
    answer = check(pdf + more)
    assert not answer.intact
    assert not answer.ours
    assert answer.message == MESSAGES["changed"]


def test_a_changed_byte_is_a_change(check: Check, pdf: bytes) -> None:
    changed = bytearray(pdf)
    changed[pdf.index(b"/MediaBox") + 12] ^= 1
    answer = check(bytes(changed))
    assert facts(answer)[0] is False
    assert answer.message == MESSAGES["changed"]


def test_a_stranger_may_sign_what_he_likes_but_it_is_not_trusted(
    check: Check, unsigned: bytes, tmp_path: Any
) -> None:
    (tmp_path / "unsigned.pdf").write_bytes(unsigned)
    Seal(ensure_keys(tmp_path / "keys")).sign(tmp_path / "unsigned.pdf", tmp_path / "signed.pdf", MOMENT)
    answer = check((tmp_path / "signed.pdf").read_bytes())
    assert facts(answer) == (True, False, False, False)
    assert answer.message == MESSAGES["foreign"]


def test_another_document_under_our_signature_is_unknown(
    check: Check, unsigned: bytes, tmp_path: Any, made_keys: Any
) -> None:
    (tmp_path / "unsigned.pdf").write_bytes(unsigned)
    Seal(made_keys).sign(tmp_path / "unsigned.pdf", tmp_path / "signed.pdf", MOMENT)
    answer = check((tmp_path / "signed.pdf").read_bytes())
    assert facts(answer) == (True, True, False, False)
    assert answer.message == MESSAGES["unknown"]


def test_a_second_signature_is_a_change(check: Check, pdf: bytes, made_keys: Any) -> None:
    load: Any = signers.SimpleSigner.load
    signer = load(str(made_keys.signer_key), str(made_keys.signer), ca_chain_files=(str(made_keys.ca),))
    metadata = signers.PdfSignatureMetadata(field_name="Second", subfilter=SigSeedSubFilter.PADES)
    twice = signers.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)), metadata, signer)
    answer = check(twice.getvalue())
    assert facts(answer) == (False, True, False, True)
    assert answer.message == MESSAGES["changed"]


@pytest.fixture
def unsigned(pdf: bytes) -> bytes:
    """A PDF without any signature."""
    writer: Any = copy_into_new_writer(PdfFileReader(io.BytesIO(pdf)))
    del writer.root["/AcroForm"]
    plain = io.BytesIO()
    writer.write(plain)
    return plain.getvalue()


def test_a_pdf_without_a_signature_is_not_ours(check: Check, unsigned: bytes) -> None:
    answer = check(unsigned)
    assert facts(answer) == (False, False, False, False)
    assert answer.message == MESSAGES["unsigned"]


def test_an_encrypted_pdf_is_said_to_be_so(check: Check, unsigned: bytes) -> None:
    writer: Any = copy_into_new_writer(PdfFileReader(io.BytesIO(unsigned)))
    writer.encrypt(owner_pass="secret", user_pass="secret")
    locked = io.BytesIO()
    writer.write(locked)
    assert check(locked.getvalue()).message == MESSAGES["encrypted"]


@pytest.mark.parametrize(
    "rubbish",
    [
        b"\x00",
        b"%PDF-1.7",
        b"%PDF-1.7\n" + b"\xff" * 5000,
        b"%PDF-1.7\nstartxref\n0\n%%EOF",
        "不是PDF".encode(),
    ],
)
def test_rubbish_is_not_a_pdf(check: Check, rubbish: bytes) -> None:
    assert check(rubbish).message == MESSAGES["not_pdf"]


def test_half_of_our_file_is_refused_clearly(check: Check, pdf: bytes) -> None:
    answer = check(pdf[: len(pdf) // 2])
    assert facts(answer) == (False, False, False, False)
    assert answer.message in {MESSAGES["not_pdf"], MESSAGES["unsigned"]}


def test_a_file_that_is_too_large_is_not_even_read(check: Check) -> None:
    assert check(b"%PDF-" + bytes(MAX_BYTES)).message == MESSAGES["too_large"]


def test_a_look_that_takes_too_much_is_ended(
    check: Check, pdf: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("certificate.adapters.contained.WALL_S", 0.01)
    assert check(pdf).message == MESSAGES["too_complex"]


def test_an_upload_that_never_came_is_answered(ask: Any, worker: Worker) -> None:
    started = ask(StartPdfCheck(upload_id="0" * 32), "gateway")
    assert worker.do_next()
    assert ask(GetPdfCheck(check_id=started.id), "gateway").message == MESSAGES["missing"]


def test_the_same_upload_is_checked_once(ask: Any, database: Database) -> None:
    first = ask(StartPdfCheck(upload_id="1" * 32), "gateway", key="a")
    assert ask(StartPdfCheck(upload_id="1" * 32), "gateway", key="b") == first
    with database.reading() as session:
        assert session.execute(select(func.count()).select_from(pdf_check)).scalar_one() == 1


@pytest.mark.parametrize("check_id", ["x", "27cec55c-1565-4049-8380-d9d08287a66c"])
def test_a_check_that_does_not_exist_is_not_found(ask: Any, check_id: str) -> None:
    with pytest.raises(AppError) as refused:
        ask(GetPdfCheck(check_id=check_id), "gateway")
    assert refused.value.code == "NOT_FOUND"


def test_a_result_is_kept_for_an_hour(check: Check, ask: Any, database: Database, tools: Tools) -> None:
    answer = check(b"%PDF-")
    checks.forget(database, tools.storage)
    assert ask(GetPdfCheck(check_id=answer.id), "gateway") == answer
    with database.engine.begin() as connection:
        connection.execute(text("update pdf_check set created_at = now() - interval '61 minutes'"))
    checks.forget(database, tools.storage)
    with pytest.raises(AppError) as refused:
        ask(GetPdfCheck(check_id=answer.id), "gateway")
    assert refused.value.code == "NOT_FOUND"


def test_a_check_that_nobody_did_is_answered_by_the_clock_and_its_file_removed(
    ask: Any, database: Database, tools: Tools, worker: Worker
) -> None:
    upload_id = uuid.uuid4().hex
    tools.storage.put(key_of(upload_id), b"%PDF-", "application/pdf")
    started = ask(StartPdfCheck(upload_id=upload_id), "gateway")
    with database.engine.begin() as connection:
        connection.execute(text("update pdf_check set created_at = now() - interval '6 minutes'"))
    checks.give_up(database)
    checks.forget(database, tools.storage)
    answer = ask(GetPdfCheck(check_id=started.id), "gateway")
    assert (answer.state, answer.message) == ("done", MESSAGES["not_checked"])
    with pytest.raises(NotStoredError):
        tools.storage.size(key_of(upload_id))
    assert worker.do_next()  # the late worker finds it answered
    assert ask(GetPdfCheck(check_id=started.id), "gateway") == answer
