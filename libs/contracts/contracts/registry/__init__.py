"""The gRPC interface pingzheng.registry.v1, generated from proto/; see ``generate``."""
