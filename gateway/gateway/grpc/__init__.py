"""The servicers of the gRPC door, one file each."""
