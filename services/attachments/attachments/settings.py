"""The settings of the processes of the attachments service."""

from __future__ import annotations

from attachments.completeness import PhotoLimits
from attachments.refusals import PictureLimits
from chassis.settings import Settings


class AttachmentsSettings(Settings):
    """Beside what every process is told: limits of files and photos (domain.md section 12; sizes in bytes)."""

    photo_max_bytes: int = PictureLimits().max_bytes
    photo_max_pixels: int = PictureLimits().max_pixels
    photo_min_short_side: int = PictureLimits().min_short_side
    photos_least: int = PhotoLimits().least
    photos_most: int = PhotoLimits().most
    photo_threads: int = 2
    """Photos at the same time in one worker process: one is in storage's hands while another is computed."""

    @property
    def picture_limits(self) -> PictureLimits:
        """What a picture may be."""
        return PictureLimits(self.photo_max_bytes, self.photo_max_pixels, self.photo_min_short_side)

    @property
    def photo_limits(self) -> PhotoLimits:
        """How many photos a cylinder needs and may have."""
        return PhotoLimits(least=self.photos_least, most=self.photos_most)
