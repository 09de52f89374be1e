"""What is said when another cylinder holds the identity or a mark (domain.md sections 9 and 10)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from importer.domain.codes import ImportCode


class Holder(NamedTuple):
    """The application that holds an identity. ``certificate_number`` once its cylinders are registered."""

    scope_no: int
    unit_id: str
    application_no: str
    authority_name: str
    authority_phone: str
    certificate_number: str | None

    @property
    def contact(self) -> dict[str, str]:
        """The authority that can say more, for the sentences."""
        return {"authority": self.authority_name or "登记机关", "phone": self.authority_phone}


@dataclass(frozen=True)
class Collisions:
    """Tells a unit what it collides with: its own things by number, those of others by the authority to phone."""

    codes: Mapping[str, ImportCode]
    scope_no: int
    unit_id: str

    def of_holder(self, holder: Holder) -> tuple[str, str]:
        """E29 in this application, E10 when registered, else E28; with the sentence."""
        if holder.scope_no == self.scope_no:
            return "E29", self.of_code("E29")
        mine = holder.unit_id == self.unit_id
        if holder.certificate_number:
            others = "由其他单位登记，请致电{authority} {phone}".format(**holder.contact).strip()
            return "E10", self.codes["E10"].text(
                where=f"登记证编号{holder.certificate_number}" if mine else others
            )
        where = f"本单位申请批次{holder.application_no}" if mine else "其他申请批次"
        return "E28", self.codes["E28"].text(where=where, **holder.contact).strip()

    def of_code(self, code: str) -> str:
        """The sentence of a code that needs no holder; E09 keeps its ``{first_row}``."""
        if code == "E09":
            return self.codes[code].text(file="本文件", first_row="{first_row}")
        return self.codes[code].message
