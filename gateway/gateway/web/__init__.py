"""Pages that the gateway renders itself."""
