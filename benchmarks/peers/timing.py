"""What the Python peers of every kernel are timed with."""

import time
from statistics import median


def timed(run, seconds):
    """Nanoseconds of a call: median of at least three, for as long as asked, after one that warms up."""
    run()
    samples, end = [], time.perf_counter() + seconds
    while len(samples) < 3 or time.perf_counter() < end:
        start = time.perf_counter_ns()
        run()
        samples.append(time.perf_counter_ns() - start)
    return median(samples)
