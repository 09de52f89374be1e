"""The result of an import in words: headline, reasons with what to do, and which columns the preview shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from contracts.importer import CodeCount, ImportRow, ImportState
from gateway.web.cylinder_columns import COLUMNS, Column

# Always in the preview: by these a person finds the row again.
_KEYS = ("serial_no", "manufacture_ym")
_KNOWN = (*_KEYS, "unit_serial_no", "manufacturer_name")
_MOST_BAD = 4
_ALREADY = "E29"
# Where the last part of the message tells values of one row, not what to do.
_REMEDIES = {
    "E03": "按模板要求的长度填写",
    "E04": "从模板的下拉列表中选择",
    "E05": "只填写数字，小数位数不要过多",
    "E06": "按模板要求的范围填写",
    "E07": "按 2026-05 这样的格式填写",
    "E12": "只使用数字、字母、“-”、“.”、“/”",
    "E13": "填入扫码得到的完整网址，不含空格",
    "E16": "核对压力和单位（MPa）",
    "E18": "核对容积和单位（L）",
}
_NOTHING_DONE = {
    ("cancelled", False): "已取消导入，本次没有写入气瓶",
    ("cancelled", True): "已取消更新，气瓶信息没有改变",
    ("failed", False): "导入没有完成，没有写入气瓶",
    ("failed", True): "更新没有完成，气瓶信息没有改变",
}
_BY_CODE = {column.code: column for column in COLUMNS}
_OTHER = {"sequence": Column("sequence", "序号"), "row_no": Column("row_no", "序号")}


@dataclass(frozen=True)
class Reason:
    """A code with its rows: what is wrong, what to do (what stands after the last comma), the share in percent."""

    code: str
    what: str
    remedy: str
    count: int
    percent: int


@dataclass(frozen=True)
class Result:
    """``state`` as the page tells it; ``imports`` are the newest of the application."""

    state: ImportState
    imports: Sequence[ImportState] = ()

    @property
    def errors(self) -> list[Reason]:
        """失败原因, the most frequent first; rows 已在本批次 are told apart and are no failures."""
        codes = (each for each in self.state.codes if each.code.startswith("E") and each.code != _ALREADY)
        return _reasons(codes, self.state.failed)

    @property
    def warnings(self) -> list[Reason]:
        """提示（不影响导入）."""
        return _reasons((each for each in self.state.codes if each.code.startswith("W")), self.state.imported)

    @property
    def headline(self) -> str:
        """What came of it, in one line."""
        state = self.state
        if state.state != "finished":
            return _NOTHING_DONE[state.state, bool(state.updates)]
        if self._in_vain:
            return "没有气瓶更新成功" if state.updates else "没有气瓶导入成功"
        return self._done

    @property
    def _done(self) -> str:
        state = self.state
        if state.already and not state.imported and not state.failed:
            return f"没有新的气瓶：{state.already:,} 行都已在本批次"
        what, unit = ("更新完成", "已更新") if state.updates else ("导入完成", "成功")
        if not state.failed and not state.already:
            return f"{what}：{state.imported:,} 只全部成功"
        failed = f"，失败 {state.failed:,} 行" if state.failed else ""
        apart = f"，已在本批次 {state.already:,} 行" if state.already else ""
        return f"{what}：{unit} {state.imported:,} 只{failed}{apart}"

    @property
    def corrected(self) -> str:
        """How many of the imported rows corrected a cylinder (a list with 系统编号); empty when none did."""
        state = self.state
        if state.updates or not state.updated:
            return ""
        new = state.imported - state.updated
        return f"按系统编号更正 {state.updated:,} 只" + (f"，新增 {new:,} 只。" if new else "，照片保留。")

    @property
    def update(self) -> ImportState | None:
        """The import that took over what differed, when there was one."""
        return next((each for each in self.imports if each.updates == self.state.id), None)

    @property
    def since_last(self) -> str:
        """What became of the rows that failed the time before; empty when none did."""
        state = self.state
        earlier = [
            each
            for each in self.imports
            if each.created_at < state.created_at and each.state == "finished" and not each.updates
        ]
        last = max(earlier, key=lambda each: each.created_at, default=None)
        if state.state != "finished" or state.updates or last is None or not last.failed:
            return ""
        return f"上次失败 {last.failed:,} 行，本次成功 {state.imported:,}，仍失败 {state.failed:,}。"

    @property
    def tone(self) -> str:
        """ok, warn or err."""
        state = self.state
        if state.state != "finished" or self._in_vain:
            return "err" if state.state != "cancelled" else "warn"
        return "warn" if state.failed else "ok"

    @property
    def _in_vain(self) -> bool:
        """No row is in the batch: neither by this import nor by one before."""
        return bool(self.state.failed) and not self.state.imported and not self.state.already

    @property
    def seconds(self) -> int | None:
        """How long it took, with the time that it waited."""
        state = self.state
        return round((state.finished_at - state.created_at).total_seconds()) if state.finished_at else None

    @property
    def parts(self) -> list[tuple[float, str]]:
        """Shares of the rows for the bar."""
        state = self.state
        rows = state.imported + state.failed + state.already
        shares = ((state.imported, "ok"), (state.already, "info"), (state.failed, "err"))
        return [(100 * number / rows, tone) for number, tone in shares if number and rows]


def preview_columns(rows: Iterable[ImportRow]) -> list[Column]:
    """The columns by which a row is known, then those that are wrong most often on the page."""
    often: dict[str, int] = {}
    for row in rows:
        for code in row.columns:
            often[code] = often.get(code, 0) + 1
    bad = sorted((code for code in often if code not in _KEYS), key=lambda code: -often[code])[:_MOST_BAD]
    return [_column(code) for code in (*_KEYS, *bad)]


def known_columns() -> list[Column]:
    """The columns of rows that have no fault."""
    return [_column(code) for code in _KNOWN]


def names(columns: Iterable[str]) -> str:
    """错误列 in the words of the template."""
    return "；".join(_column(code).label for code in columns)


def _column(code: str) -> Column:
    return _BY_CODE.get(code) or _OTHER.get(code) or Column(code, code)


def _reasons(codes: Iterable[CodeCount], rows: int) -> list[Reason]:
    return [_reason(each, rows) for each in sorted(codes, key=lambda each: -each.count)]


def _reason(each: CodeCount, rows: int) -> Reason:
    what, remedy = _in_two(each.message)
    remedy = _REMEDIES.get(each.code, remedy)
    return Reason(
        each.code, what, remedy, each.count, min(100, round(100 * each.count / rows)) if rows else 0
    )


def _in_two(message: str) -> tuple[str, str]:
    """What is wrong, and what stands after the last comma outside brackets."""
    depth, place = 0, -1
    for number, character in enumerate(message):
        depth += (character == "（") - (character == "）")
        if character == "，" and depth == 0:
            place = number
    return (message, "") if place < 0 else (message[:place], message[place + 1 :])
