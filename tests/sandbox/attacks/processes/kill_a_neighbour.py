"""Kill a candidate that runs beside this one."""

import contextlib
import glob
import os
import signal
import time


def bystander(target, secret):
    with open(target["mark"], "w") as file:
        file.write(str(os.getpid()))
    time.sleep(0.6)
    return "unharmed"


def attack(target):
    loot = []
    for pid in neighbours(target):
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)
            loot.append(pid)
    return loot


def neighbours(target):
    """Those that say so in their own scratch; and, where numbers are few, those just before this one."""
    for path in glob.glob(f"../*/{target['mark']}"):
        with contextlib.suppress(OSError), open(path) as file:
            yield int(file.read())
    if os.getppid() < 10:  # a namespace: nobody here but the server and candidates
        yield from range(os.getppid() + 1, os.getpid())
