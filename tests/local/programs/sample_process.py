"""A process like those of the product, as small as can be: ready as soon as it listens on HEALTH_PORT."""

import os
from http.server import BaseHTTPRequestHandler, HTTPServer


class Health(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(503 if os.environ["PROCESS"] == "never-ready" else 200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing: the log holds what the process itself says."""


if __name__ == "__main__":
    print(f"{os.environ['PROCESS']} serves {os.environ['SERVICE']}", flush=True)
    HTTPServer(("127.0.0.1", int(os.environ["HEALTH_PORT"])), Health).serve_forever()
