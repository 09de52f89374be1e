"""What a certificate and its annex, the 汇总表, show. Source: domain.md sections 7.2 and 7.3."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

ROWS_PER_PAGE = 25
UNPRINTABLE = r"[\x00-\x1f\x7f-\x9f\ufffe\uffff]"
"""Characters that neither a page nor a workbook can hold, as a regular expression."""
SUMMARY_HEADINGS = (
    "序号", "设备品种", "产品编号", "充装介质", "制造单位", "制造年月", "公称工作压力（MPa）", "容积（L）",
    "最近一次检验日期", "下次检验日期", "单位内编号", "变更或者停用情况", "信息化管理情况",
)  # fmt: skip


@dataclass(frozen=True)
class SummaryCylinder:
    """One registered cylinder, every value as the text to print; empty where it is not known."""

    variety: str
    serial_no: str
    medium: str
    manufacturer_name: str
    manufacture_ym: str
    nominal_pressure_mpa: str
    volume_l: str
    last_inspection_date: str = ""
    next_inspection_date: str = ""
    unit_serial_no: str = ""
    change: str = "新增"
    qr_url: str = ""
    rfid_no: str = ""

    def columns(self, position: int) -> tuple[str, ...]:
        """The 13 columns in the order of SUMMARY_HEADINGS; ``position`` counts from 1."""
        tracked = "有" if self.qr_url or self.rfid_no else "无"
        return (
            str(position), self.variety, self.serial_no, self.medium, self.manufacturer_name, self.manufacture_ym,
            self.nominal_pressure_mpa, self.volume_l, self.last_inspection_date, self.next_inspection_date,
            self.unit_serial_no, self.change, tracked,
        )  # fmt: skip


@dataclass(frozen=True)
class RefusedCylinder:
    """One cylinder of the 不予登记清单, with the reason."""

    variety: str
    serial_no: str
    manufacturer_name: str
    reason: str


@dataclass(frozen=True)
class SummaryFooter:
    """Who filled in the 汇总表. Personal data: on the certificate only, never on a public page."""

    filled_on: date
    handler: str
    phone: str
    email: str = ""


@dataclass(frozen=True)
class CertificateContents:
    """All that the document shows. ``cylinders`` are in import order, without the refused ones."""

    number: str
    unit_name: str
    credit_code: str
    variety: str
    product_name: str
    use_place: str
    authority: str
    issued_on: date
    licence_identifier: str
    footer: SummaryFooter
    cylinders: Sequence[SummaryCylinder]
    refused: Sequence[RefusedCylinder] = field(default=())
    kind: str = "压力容器"
    category: str = "气瓶"

    def __post_init__(self) -> None:
        if not self.cylinders:
            raise ValueError("a certificate covers at least one cylinder")

    @property
    def count(self) -> int:
        """设备数量（只）: registered cylinders, refused ones left out."""
        return len(self.cylinders)

    def summary_rows(self) -> list[tuple[str, ...]]:
        """The rows of the 汇总表, numbered from 1."""
        return [cylinder.columns(at) for at, cylinder in enumerate(self.cylinders, start=1)]


def common_product_name(names: Sequence[str]) -> str:
    """产品名称 of a batch: the one that all cylinders share, else 气瓶 (domain.md section 7.1)."""
    distinct = set(names)
    return distinct.pop() if len(distinct) == 1 and "" not in distinct else "气瓶"
