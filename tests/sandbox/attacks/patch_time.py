"""Make time stand still, and take a while."""

import time


def attack(target):
    sleep = time.sleep
    for name in ["time", "monotonic", "perf_counter", "process_time", "time_ns", "monotonic_ns", "perf_counter_ns"]:
        setattr(time, name, lambda: 0)
    sleep(0.3)
    return time.time()
