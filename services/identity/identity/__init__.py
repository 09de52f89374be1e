"""The identity service: districts, authorities, using units, accounts."""
