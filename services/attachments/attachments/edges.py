"""The sizes in which a photo is kept beside the original."""

from __future__ import annotations

FULL, GRID, LIST = 2000, 640, 112
"""Long edges in pixels: what a person opens, what a page of photos shows, what a line of a list shows."""
LONG_EDGES = (FULL, GRID, LIST)
"""Largest first, each made from the one before."""
