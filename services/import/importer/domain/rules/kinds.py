"""How a batch tells the kinds of its cells."""

KIND = "kind:"
"""Prefix of the column that holds the kinds of a text column's cells; it may be absent or null: plain text."""
