"""A workbook into a real database: what is stored, what is refused, and how it is named."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, text

from chassis.audit import Actor
from chassis.database import Database
from importer.adapters import scopes
from importer.adapters.staging import Target
from importer.adapters.tables import cylinder, import_row
from importer.adapters.workbook_file import ReaderLimits
from importer.adapters.workbook_reader import read_workbook
from importer.application.batch_group import batch_group
from importer.application.load_workbook import Loaded, Loading, load
from importer.application.progress import Reporter
from importer.domain.collisions import Collisions
from importer.domain.references import References

Make = Callable[..., Any]
ACTOR = Actor("u-1", "unit")


@pytest.fixture
def load_rows(
    database: Database, workbook_file: Make, references: References, rule_set: Make
) -> Callable[..., Loaded]:
    """Imports rows into an application."""

    def do(application_id: str, rows: list[dict[str, Any]]) -> Loaded:
        import_id = uuid.uuid4()
        with database.changing(ACTOR) as change:
            scope = scopes.find(change.session, application_id)
            assert scope is not None
            seq = change.session.execute(
                text(
                    "insert into import_run (id, scope_no, district_code, file_name, size, object_key, account_id)"
                    " values (:id, :no, '', '', 0, '', '') returning seq"
                ),
                {"id": import_id, "no": scope.no},
            ).scalar_one()
        with (
            read_workbook(workbook_file(rows), references, ReaderLimits()) as workbook,
            Reporter(database, import_id) as report,
            database.changing(ACTOR) as change,
        ):
            rules = rule_set(batch_group=batch_group(change.session, scope, references))
            collisions = Collisions(references.codes, scope.no, scope.unit_id)
            target = Target(scope.no, scope.unit_id, seq)
            return load(
                change.session,
                workbook,
                Loading(import_id, target, rules, collisions, report, pulse=lambda: None),
            )

    return do


@pytest.fixture
def refused(database: Database) -> Callable[[], list[tuple[Any, ...]]]:
    """Row, already, codes and messages of all rows that were not imported."""

    def read() -> list[tuple[Any, ...]]:
        columns = import_row.c
        with database.reading() as session:
            rows = session.execute(
                select(columns.row_no, columns.already, columns.codes, columns.messages).order_by(
                    columns.row_no
                )
            )
            return [tuple(row) for row in rows]

    return read


def test_good_rows_are_stored_exactly_and_bad_ones_kept_with_their_codes(
    database: Database, application: Make, load_rows: Make, refused: Make, numbered: Make
) -> None:
    rows = numbered(range(5))
    rows[2] |= {"volume_l": "x", "ownership": "托管"}
    rows[4] |= {"serial_no": "N0"}
    loaded = load_rows(application(), rows)
    assert (loaded.read, loaded.imported, loaded.failed, loaded.already) == (5, 3, 2, 0)
    assert loaded.codes == {"E05": 1, "W27": 1, "E09": 1}
    assert [row[:3] for row in refused()] == [(5, False, ["E05", "W27"]), (7, False, ["E09"])]
    with database.reading() as session:
        stored = session.execute(select(cylinder).order_by(cylinder.c.id)).mappings().all()
    assert [row["id"] & 0x1FFFFF for row in stored] == [3, 4, 6]
    first = stored[0]
    assert (first["serial_no"], str(first["volume_l"]), str(first["last_inspection_date"])) == (
        "N0",
        "35.50",
        "2026-03-18",
    )
    assert (first["variety_code"], first["medium_code"], first["warnings"]) == ("2320", "LPG", [])


def test_the_same_workbook_again_is_already_there_and_elsewhere_it_names_the_holder(
    application: Make, load_rows: Make, refused: Make, numbered: Make, database: Database
) -> None:
    rows = numbered(range(4), ownership="托管")
    mine, other_of_mine, others = application(), application(number="NO-2"), application("unit-b", "NO-3")
    assert load_rows(mine, rows).imported == 4
    again = load_rows(mine, rows)
    assert (again.imported, again.failed, again.already, again.codes) == (0, 0, 4, {"E29": 4, "W27": 4})
    assert {(row[1], *row[2]) for row in refused()} == {(True, "E29", "W27")}
    mine_too = load_rows(other_of_mine, rows)
    assert (mine_too.imported, mine_too.failed, mine_too.already) == (0, 4, 0)
    load_rows(others, rows)
    told = {message for _, _, codes, messages in refused() for code, message in zip(codes, messages, strict=True)
            if code == "E28"}  # fmt: skip
    assert {message.replace("（制造单位+产品编号+制造年月重复）", "") for message in told} == {
        "该气瓶正在本单位申请批次NO-1中办理，不能重复申请；有疑问请致电渝中区市场监管局 023-60000001",
        "该气瓶正在其他申请批次中办理，不能重复申请；有疑问请致电渝中区市场监管局 023-60000001",
    }


def test_registered_cylinders_are_named_by_certificate_to_their_unit_only(
    application: Make, load_rows: Make, refused: Make, numbered: Make
) -> None:
    rows = numbered(range(1))
    load_rows(application(certificate_number="瓶32渝A0100001(26)"), rows)
    load_rows(application(number="NO-2"), rows)
    load_rows(application("unit-b", "NO-3"), rows)
    told = [(codes, messages[0].split("，", 1)[1]) for _, _, codes, messages in refused()]
    assert told == [
        (["E10"], "登记证编号瓶32渝A0100001(26)，不能重复申请"),
        (["E10"], "由其他单位登记，请致电渝中区市场监管局 023-60000001，不能重复申请"),
    ]


def test_marks_of_other_cylinders_have_their_own_codes_but_not_beside_the_same_cylinder(
    application: Make, load_rows: Make, refused: Make, numbered: Make
) -> None:
    held = numbered(range(4))
    load_rows(application("unit-b"), held)
    rows = numbered(range(10, 14))
    rows[0]["qr_url"] = held[0]["qr_url"]
    rows[1] |= {"hollow_code": "h1", "rfid_no": "r3", "volume_l": "x"}
    rows[2] = {**held[2], "hollow_code": "H0"}
    rows[3] |= {"rfid_no": "R1"}
    loaded = load_rows(application(), rows)
    assert [row[2] for row in refused()] == [["E19"], ["E05", "E21", "E31"], ["E28", "E21"], ["E31"]]
    assert loaded.codes == {"E19": 1, "E05": 1, "E21": 2, "E31": 2, "E28": 1}


def test_a_failed_row_is_told_its_collision_too_unless_an_earlier_row_of_the_file_holds_the_key(
    application: Make, load_rows: Make, refused: Make, numbered: Make
) -> None:
    held = numbered(range(1))
    load_rows(application("unit-b"), held)
    load_rows(application(), [{**held[0], "ownership": "借用"}, held[0]])
    assert [row[2] for row in refused()] == [["E04", "E28"], ["E09", "E20", "E14", "E30", "W12"]]


def test_the_units_own_number_is_compared_with_its_other_cylinders(
    application: Make, load_rows: Make, numbered: Make, database: Database
) -> None:
    load_rows(application("unit-b"), numbered(range(1)))
    first = load_rows(application(), [{**row, "unit_serial_no": "U-0"} for row in numbered(range(1, 2))])
    assert first.codes == {}
    second = load_rows(application(), [{**row, "unit_serial_no": "U-0"} for row in numbered(range(2, 4))])
    assert (second.imported, second.warned, second.codes) == (2, 2, {"W12": 2})


def test_released_identities_can_be_taken_again(
    application: Make, load_rows: Make, numbered: Make, database: Database
) -> None:
    rows = numbered(range(3))
    load_rows(application("unit-b"), rows)
    with database.changing(ACTOR) as change:
        change.session.execute(text("update cylinder set live = false"))
    assert load_rows(application(), rows).imported == 3


def test_every_row_of_a_workbook_may_fail(
    application: Make, load_rows: Make, refused: Make, numbered: Make
) -> None:
    loaded = load_rows(application(), numbered(range(30), product_name=None))
    assert (loaded.imported, loaded.failed, loaded.codes) == (0, 30, {"E01": 30})
    assert len(refused()) == 30


ALONE: list[tuple[str, dict[str, str], dict[str, Any]]] = [
    ("E28", {}, {"serial_no": "N0"}),
    ("E28", {}, {"serial_no": " ｎ０ ", "manufacturer_name": "某某压力容器有限责任公司"}),
    ("E10", {"certificate_number": "瓶32渝A0100001(26)"}, {"serial_no": "N0"}),
    ("E19", {}, {"qr_url": "HTTPS://QR.example.com/0"}),
    ("E21", {}, {"hollow_code": "h 0"}),
    ("E31", {}, {"rfid_no": "r0"}),
]
"""The code, the application that holds the cylinder 0, and what of it another row has."""


@pytest.mark.parametrize(("code", "holder", "same"), ALONE)
def test_one_cause_in_the_system_gives_its_code_and_no_other(
    code: str,
    holder: dict[str, str],
    same: dict[str, Any],
    application: Make,
    load_rows: Make,
    refused: Make,
    numbered: Make,
) -> None:
    load_rows(application("unit-b", **holder), numbered(range(1)))
    loaded = load_rows(application(), [numbered([1])[0] | same, numbered([2])[0]])
    assert (loaded.imported, loaded.codes) == (1, {code: 1})
    assert [row[2] for row in refused()] == [[code]]


@pytest.mark.parametrize(
    ("code", "same"),
    [
        ("E09", {"serial_no": "N1"}),
        ("E14", {"qr_url": "https://qr.example.com/1"}),
        ("E20", {"hollow_code": "H1"}),
        ("E30", {"rfid_no": "R1"}),
        ("W12", {"unit_serial_no": "U-1"}),
        ("E02", {"variety_name": "内装填料气瓶", "medium_name": "溶解乙炔"}),
    ],
)
def test_one_cause_in_the_file_gives_its_code(
    code: str, same: dict[str, Any], application: Make, load_rows: Make, numbered: Make
) -> None:
    loaded = load_rows(application(), [numbered([1])[0], numbered([2])[0] | same])
    assert {found for found in loaded.codes if found[0] == code[0]} == {code}
    assert loaded.codes[code] == 1


def test_a_row_carries_the_faults_of_its_cells_of_its_file_and_of_the_system(
    application: Make, load_rows: Make, refused: Make, numbered: Make
) -> None:
    load_rows(application("unit-b"), numbered([0]))
    faulty = numbered([2])[0] | {"qr_url": "https://qr.example.com/1", "hollow_code": "H0", "volume_l": "x"}
    faulty |= {"ownership": "托管", "next_inspection_date": "2026-09"}
    load_rows(application(), [numbered([1])[0], faulty])
    assert [row[2] for row in refused()] == [["E14", "E05", "E24", "E21", "W27"]]
