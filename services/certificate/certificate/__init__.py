"""Certificates of use registration: numbers, contents, signed documents, verification."""
