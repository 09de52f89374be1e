"""The 25 columns of the template and 系统编号 as a list of cylinders shows them; which of them stand there at first."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.importer import Cylinder

SYSTEM_NO = "system_no"
"""系统编号: by it a list that is imported again finds its cylinders."""


@dataclass(frozen=True)
class Column:
    """``code`` is the name in ``Cylinder.values``; ``first`` columns are shown unless somebody chooses others."""

    code: str
    label: str
    classes: str = ""
    unit: str = ""
    first: bool = False
    sort: str = ""

    def of(self, cylinder: Cylinder) -> str:
        """The cell with its unit, nothing for an empty one."""
        value = cylinder.id if self.code == SYSTEM_NO else cylinder.values.get(self.code)
        return f"{value} {self.unit}".rstrip() if value else ""


COLUMNS = (
    Column("row_no", "行号", "r no", first=True, sort="row"),
    Column("serial_no", "产品编号", "no strong nw", first=True, sort="serial_no"),
    Column("unit_serial_no", "单位内编号", "no nw", first=True),
    Column("manufacturer_name", "制造单位", first=True),
    Column("manufacture_ym", "制造年月", "no nw", first=True),
    Column("medium_name", "充装介质", "nw", first=True),
    Column("nominal_pressure_mpa", "公称工作压力", "r no nw", "MPa", first=True),
    Column("volume_l", "公称容积", "r no nw", "L", first=True),
    Column("next_inspection_date", "下次检验", "no nw", first=True),
    Column("variety_name", "设备品种"),
    Column("product_name", "产品名称"),
    Column("model", "型号", "no nw"),
    Column("manufacturer_licence_no", "制造许可证编号", "no nw"),
    Column("hollow_code", "镂空码", "no nw"),
    Column("qr_url", "二维码标识URL", "no url"),
    Column("rfid_no", "电子标签号(RFID)", "no nw"),
    Column("test_pressure_mpa", "水压试验压力", "r no nw", "MPa"),
    Column("wall_thickness_mm", "设计壁厚", "r no nw", "mm"),
    Column("material", "瓶体材料", "no nw"),
    Column("product_standard", "产品标准", "no nw"),
    Column("design_life_years", "设计使用年限", "r no nw", "年"),
    Column("supervision_cert_no", "监检证书编号", "no nw"),
    Column("supervision_body", "监检机构"),
    Column("last_inspection_date", "最近一次检验", "no nw"),
    Column("ownership", "产权性质"),
    Column(SYSTEM_NO, "系统编号", "no nw"),
)
