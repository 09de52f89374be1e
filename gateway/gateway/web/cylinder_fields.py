"""The columns of the template as a form shows them: in groups, with what a person has to know to fill them in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.web.cylinder_columns import COLUMNS


@dataclass(frozen=True)
class Field:
    """``code`` is the column; ``full`` takes the whole width."""

    code: str
    required: bool = False
    hint: str = ""
    full: bool = False
    numeric: bool = False

    @property
    def label(self) -> str:
        """The words of the list, with the unit."""
        column = _BY_CODE[self.code]
        return f"{column.label}（{column.unit}）" if column.unit else column.label


_BY_CODE = {column.code: column for column in COLUMNS}
FIELDS: Mapping[str, Sequence[Field]] = {
    "编号和标识": (
        Field("serial_no", required=True, hint="与钢印一致"),
        Field("unit_serial_no", required=True, hint="本单位自编号，不宜重复"),
        Field("manufacturer_name", required=True, hint="填写全称，与监检证书一致"),
        Field("manufacture_ym", required=True, hint="按 YYYY-MM 填写，如 2023-05"),
        Field("qr_url", required=True, hint="二维码对应的 URL，不是图片或编号", full=True),
        Field("hollow_code", hint="液化石油气瓶有镂空码的应填写"),
        Field("rfid_no"),
    ),
    "品种和介质": (
        Field("variety_name", required=True, hint="一个批次只能是一类"),
        Field("medium_name", required=True),
        Field("product_name", required=True, hint="与监检证书一致"),
        Field("model"),
        Field("manufacturer_licence_no", hint="如 TS2210123-2027"),
        Field("ownership", required=True),
    ),
    "技术参数": (
        Field("nominal_pressure_mpa", required=True, numeric=True),
        Field("test_pressure_mpa", numeric=True),
        Field("volume_l", required=True, numeric=True),
        Field("wall_thickness_mm", numeric=True),
        Field("material"),
        Field("product_standard", hint="如 GB/T 5842-2022"),
        Field("design_life_years", required=True, hint="填整数", numeric=True),
    ),
    "监检和定期检验": (
        Field("supervision_cert_no", required=True, hint="进口气瓶填进口检验证书编号"),
        Field("supervision_body"),
        Field("last_inspection_date", hint="按 YYYY-MM-DD 填写；新瓶可不填"),
        Field("next_inspection_date", required=True, hint="按 YYYY-MM 或 YYYY-MM-DD 填写"),
    ),
}
LABELS = {field.code: field.label for group in FIELDS.values() for field in group}
CHOICES: Mapping[str, Sequence[str]] = {"ownership": ("自有", "托管", "租赁")}
