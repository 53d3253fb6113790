"""Start a child in a process group of its own, by which it can no longer be found and killed."""

import os
import time


def attack(target):
    try:
        pid = os.fork()
    except OSError:
        return []
    if pid == 0:
        os.setpgid(0, 0)
        time.sleep(20)
        os._exit(0)
    return [pid]
