"""Keep a file locked that every later candidate shares, from a child that lives on."""

import fcntl
import os
import time


def attack(target):
    try:
        if os.fork() == 0:
            os.setsid()
            fcntl.flock(os.open(os.__file__, os.O_RDONLY), fcntl.LOCK_EX)
            time.sleep(20)
            os._exit(0)
    except OSError:
        pass
    time.sleep(0.1)
    return []


def look(target):
    try:
        fcntl.flock(os.open(os.__file__, os.O_RDONLY), fcntl.LOCK_SH | fcntl.LOCK_NB)
        return []
    except BlockingIOError:
        return ["locked"]
