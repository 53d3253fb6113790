"""Make time stand still, and take a while."""

import time

VALUE = 0
SECONDS = 0.3


def attack(target):
    sleep = time.sleep
    for name in ["time", "monotonic", "perf_counter", "process_time", "time_ns", "monotonic_ns", "perf_counter_ns"]:
        setattr(time, name, lambda: 0)
    sleep(SECONDS)
    return time.time()
