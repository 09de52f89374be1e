"""Pages of bureaus."""
