"""A small service for the chassis' own tests: it counts, and hears its own counting."""
