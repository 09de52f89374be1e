"""What a person needs to go the way of the guide by hand: a filled-in workbook and photos, as files."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.e2e.pictures import stamp, supervision_certificate
from tests.e2e.workbook import fill_in, new_batch

CYLINDERS, FAULTY = 8, 2
WORKBOOK = "气瓶信息.xlsx"
STAMP, PAPER = "钢印", "监检证书"


def write_kit(folder: Path, template: bytes) -> None:
    """Fresh cylinders (two rows are wrong, for 下载错误数据), a 钢印 for each and the 监检证书 of each, by 产品编号.

    What was in the folder is replaced.
    """
    batch = new_batch(CYLINDERS, FAULTY)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / WORKBOOK).write_bytes(fill_in(template, batch.typed()))
    for row in batch.rows:
        serial = row["产品编号"]
        (folder / f"{serial}_{STAMP}.jpg").write_bytes(stamp(serial))
        (folder / f"{serial}_{PAPER}.jpg").write_bytes(supervision_certificate(serial, row["监检证书编号"]))
