"""Fixtures for every test of the repository."""

import gateway  # noqa: F401  # before pytest takes the folder gateway/ above its tests for the package of that name

pytest_plugins = ["tests.fixtures.servers", "tests.fixtures.systems", "tests.fixtures.tables"]
