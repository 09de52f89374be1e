"""``python -m tests.e2e.demo``: acts as the people of the user guide on the running system (``make demo``)."""

from __future__ import annotations

import json
import sys
import time
import unicodedata
from pathlib import Path

from tests.e2e.by_hand import FAULTY, write_kit
from tests.e2e.checking import StepFailed
from tests.e2e.client import Json
from tests.e2e.journey import Journey
from tests.e2e.people import ACCOUNTS, DISTRICT, People
from tests.e2e.steps import walk

from local_stack import Stack
from local_stack.layout import REPOSITORY
from local_stack.remembered import write_private

_NAME_WIDTH = 26
_ROLES = {
    "unit": "使用单位",
    "unit2": "另一使用单位",
    "acceptance": "受理",
    "examination": "审核",
    "approval": "审批",
    "issue": "证书生成",
    "other_district": "另一区县局",
    "admin": "管理员",
}


# Where, the address, whose account, and what is done there.
_BY_HAND = (
    ("首页→业务办理→使用登记申请", "/u/applications/new", "unit", "申请、导入、照片、提交"),
    ("待办事项→详情→审核附件→受理", "/b/", "acceptance", "受理"),
    ("待办事项→详情→审核通过", "/b/", "examination", "审核"),
    ("待办事项→详情→审批通过", "/b/", "approval", "审批"),
    ("待办事项→详情→证书生成", "/b/", "issue", "证书生成"),
    ("信息查询→使用登记进度", "/u/progress", "unit", "查询进度"),
    ("业务办理→证书下载", "/u/certificates", "unit", "下载证书"),
    ("信息查询→证书核验", "/verify", "", "核验"),
)


def main() -> int:
    """0 when every step gave what it must."""
    journey = Journey.start(People(Stack(REPOSITORY / ".run")))
    print(f"批次编号 {journey.batch.run}：{journey.count} 只气瓶，其中 {len(journey.batch.faults)} 行有错误")
    began = time.monotonic()
    try:
        for number, done in enumerate(walk(journey), start=1):
            print(f"{number:>2}  {_padded(done.name)} {done.seconds:>6.1f} 秒  {done.result}", flush=True)
    except StepFailed as fault:
        print(f"没有完成：{fault}", file=sys.stderr)
        return 1
    print(f"    {_padded('合计')} {time.monotonic() - began:>6.1f} 秒")
    _finish(journey)
    return 0


def _finish(journey: Journey) -> None:
    root = journey.stack.layout.root
    pdf = root / "demo" / f"certificate-{journey.batch.run}.pdf"
    pdf.parent.mkdir(exist_ok=True)
    pdf.write_bytes(journey.pdf)
    kit = root / "demo" / "by-hand"
    write_kit(kit, journey.template)
    facts = demo_facts(journey, pdf)
    write_private(root / "demo.json", json.dumps(facts, ensure_ascii=False, indent=2) + "\n")
    _print_facts(facts)
    _print_way(facts, kit)


def demo_facts(journey: Journey, pdf: Path) -> Json:
    """What .run/demo.json holds (api.md section 7)."""
    return {
        "base_url": journey.stack.base_url,
        "grpc_address": journey.stack.grpc_address,
        "accounts": {name: journey.people.login(name) for name in ACCOUNTS},
        "district_code": DISTRICT,
        "application_id": journey.application_id,
        "certificate_number": journey.certificate["number"],
        "verify_url": journey.certificate["verify_url"],
        "pdf": str(pdf),
    }


def _print_facts(facts: Json) -> None:
    print()
    for label, name in (("网址", "base_url"), ("gRPC", "grpc_address"), ("使用登记证编号", "certificate_number"),
                        ("核验地址", "verify_url"), ("证书文件", "pdf")):  # fmt: skip
        print(f"{_padded(label)} {facts[name]}")
    for name, login in facts["accounts"].items():
        print(f"{_padded(_ROLES[name])} {login['username']}  {login['password']}")
    print("以上内容同时写入 .run/demo.json。")


def _print_way(facts: Json, kit: Path) -> None:
    """The addresses and accounts by which a person goes on, in the order of the guide."""
    accounts = facts["accounts"]
    print("\n动手办理一次（按用户指南的顺序，在浏览器中打开）")
    for place, path, name, what in _BY_HAND:
        login = accounts[name]["username"] if name else "无需登录"
        print(f"  {_padded(what)} {facts['base_url']}{path}  {place}  {login}")
    print(f"  准备好的 EXCEL 文件（其中 {FAULTY} 行有错误，可试“下载错误数据”）和照片：{kit}")
    print(f"  以上账号的密码都是 {accounts['unit']['password']}；系统保持运行，make down 停止。")


def _padded(text: str) -> str:
    """The text filled up to the width of the column; a Chinese character takes two places."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return text + " " * (_NAME_WIDTH - wide - len(text))


if __name__ == "__main__":
    sys.exit(main())
