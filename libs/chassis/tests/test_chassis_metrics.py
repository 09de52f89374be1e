"""What a process counts."""

from prometheus_client import CollectorRegistry, Histogram, generate_latest

from chassis.metrics import timed


def test_a_piece_of_work_is_counted_under_its_outcome_also_when_it_raises() -> None:
    registry = CollectorRegistry()
    histogram = Histogram("work_seconds", "work", ["what", "outcome"], registry=registry)
    with timed(histogram, "count", "ok"):
        pass
    try:
        with timed(histogram, "count", "ok") as outcome:
            outcome.name = "failed"
            raise ValueError
    except ValueError:
        pass
    text = generate_latest(registry).decode()
    assert 'work_seconds_count{outcome="ok",what="count"} 1.0' in text
    assert 'work_seconds_count{outcome="failed",what="count"} 1.0' in text
