"""Fork with CLONE_PARENT: the child is not this process's but its parent's, whom it outlives."""

import ctypes
import os
import platform
import time


def attack(target):
    number = {"x86_64": 56, "aarch64": 220}[platform.machine()]
    pid = ctypes.CDLL(None).syscall(number, 0x8000 | 17, 0, 0, 0, 0)
    if pid == 0:
        ctypes.CDLL(None).setsid()
        time.sleep(20)
        os._exit(0)
    return [pid] if pid > 0 else []
