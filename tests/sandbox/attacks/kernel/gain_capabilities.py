"""Make a user namespace and be root in it, with every capability that opens the kernel's rarely used doors."""

import ctypes
import os
import platform


def attack(target):
    libc = ctypes.CDLL(None)
    loot = []
    if libc.unshare(0x10000000) == 0:  # CLONE_NEWUSER
        loot.append("unshare")
    number = {"x86_64": 56, "aarch64": 220}[platform.machine()]
    pid = libc.syscall(number, 0x10000000 | 0x40000000 | 17, 0, 0, 0, 0)  # … and CLONE_NEWNET, SIGCHLD
    if pid == 0:
        os._exit(0)
    return loot + ["clone"] * (pid > 0)
