"""Bounded waits: nothing in this suite sleeps for a fixed time."""

import time


def until(condition, what, seconds=10.0, every=0.02):
    """Asks again and again until the answer is truthy, and returns it."""
    end = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(every)
