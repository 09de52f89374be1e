"""Use cases of certificates: issue, build, read, verify, check a file."""
