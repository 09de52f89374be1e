"""The doors of Pingzheng: HTTP for people and browsers, gRPC for other provincial systems. Owns no data."""
