"""The page plan of a photo review: cylinders in their order, so many on a page (``review_page_size``)."""

from __future__ import annotations

from dataclasses import dataclass

from review.domain.errors import PageUnknown


@dataclass(frozen=True)
class PagePlan:
    """``cylinders`` in the application, ``size`` on a page. Pages count from 1, positions of cylinders from 0."""

    cylinders: int
    size: int

    def __post_init__(self) -> None:
        if self.cylinders < 0 or self.size < 1:
            raise ValueError("a plan has no negative number of cylinders and at least one on a page")

    @property
    def pages(self) -> int:
        """Number of pages; none for no cylinders."""
        return -(-self.cylinders // self.size)

    def positions(self, page: int) -> range:
        """Positions of the cylinders on a page; raises ``PageUnknown``."""
        if not 1 <= page <= self.pages:
            raise PageUnknown(
                f"没有第{page}页，本申请共{self.pages}页，请重新选择。", page=page, pages=self.pages
            )
        first = (page - 1) * self.size
        return range(first, min(first + self.size, self.cylinders))

    def page_of(self, position: int) -> int:
        """The page on which a cylinder stands; raises ``ValueError`` for a position outside the plan."""
        if not 0 <= position < self.cylinders:
            raise ValueError(f"position {position} of {self.cylinders}")
        return position // self.size + 1
