"""What the gateway counts, for /metrics. Labels are route templates, never addresses."""

from __future__ import annotations

from prometheus_client import Histogram

REQUEST_SECONDS = Histogram(
    "pingzheng_http_request_seconds",
    "Requests that the gateway answered",
    ["route", "method", "status"],
    buckets=(0.01, 0.05, 0.15, 0.5, 1, 2, 5, 15, 30),
)
