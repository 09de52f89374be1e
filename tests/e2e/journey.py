"""What the steps of one run share: who acts, on which cylinders, and what has been reached."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.e2e.client import Client, Json
from tests.e2e.people import DISTRICT, People
from tests.e2e.workbook import Batch, new_batch

from local_stack import Stack


@dataclass
class Journey:
    """One application from its workbook to its certificate."""

    people: People
    batch: Batch
    district: str = DISTRICT
    application_id: str = ""
    application_no: str = ""
    template: bytes = field(default=b"", repr=False)
    import_id: str = ""
    cylinders: dict[str, str] = field(default_factory=dict, repr=False)
    """产品编号 -> id of the cylinder."""
    wrong_serial: str = ""
    certificate: Json = field(default_factory=dict)
    pdf: bytes = field(default=b"", repr=False)

    @classmethod
    def start(cls, people: People, count: int = 200, faulty: int = 20, district: str = DISTRICT) -> Journey:
        """A run with cylinders that no other run has."""
        return cls(people, new_batch(count, faulty), district)

    @property
    def stack(self) -> Stack:
        return self.people.stack

    @property
    def unit(self) -> Client:
        return self.people.unit

    @property
    def count(self) -> int:
        """How many cylinders there are in all."""
        return len(self.batch.rows)

    @property
    def left(self) -> int:
        """How many of them the certificate is to cover: one photo is wrong."""
        return self.count - 1

    @property
    def application(self) -> str:
        """The address of the application."""
        return f"/api/v1/applications/{self.application_id}"

    @property
    def token(self) -> str:
        """The token at the end of the verification address."""
        return str(self.certificate["verify_url"]).rpartition("/")[2]
