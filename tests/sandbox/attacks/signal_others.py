"""Kill the parent, the server, the process group, everybody; also through descriptors that signal their owner."""

import ctypes
import fcntl
import os
import signal


def attack(target):
    loot = []
    for pid in [target["pid"], os.getppid(), 1, 2, -1, -os.getppid()]:
        for number in [0, signal.SIGKILL, signal.SIGTERM]:
            try:
                os.kill(pid, number)
                loot.append(f"kill {pid}")
            except OSError:
                pass
    try:
        os.pidfd_open(os.getppid())
        loot.append("pidfd")
    except OSError:
        pass
    if ctypes.CDLL(None).tgkill(1, 1, 9) == 0:
        loot.append("tgkill")
    reader, _ = os.pipe()
    for command in [fcntl.F_SETOWN, 10, 15]:  # F_SETSIG, F_SETOWN_EX
        try:
            fcntl.fcntl(reader, command, 1)
            loot.append(f"fcntl {command}")
        except OSError:
            pass
    return loot
