"""Attach to the server, and let go of it again."""

import ctypes
import os
import platform

SEIZE, DETACH = 0x4206, 17


def attack(target):
    number = {"x86_64": 101, "aarch64": 117}[platform.machine()]
    libc = ctypes.CDLL(None)
    server = os.getppid()
    if libc.syscall(number, SEIZE, server, 0, 0) < 0:
        return []
    libc.syscall(number, DETACH, server, 0, 0)
    return ["attached"]
