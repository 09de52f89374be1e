"""What the services of Pingzheng say to each other: calls, events, error codes, protocol buffers."""
