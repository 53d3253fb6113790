"""Start children that end at once and are never waited for."""

import os
import time


def attack(target):
    started = []
    for _ in range(20):
        try:
            pid = os.fork()
        except OSError:
            return started
        if pid == 0:
            os._exit(0)
        started.append(pid)
    time.sleep(0.1)
    return started
