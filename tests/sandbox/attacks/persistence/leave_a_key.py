"""Leave a key in the kernel's key rings, which outlive a process."""

import ctypes
import os

NUMBERS = {"x86_64": (248, 250), "aarch64": (217, 219)}[os.uname().machine]
USER, SEARCH, UNLINK = -4, 10, 9


def attack(target):
    ctypes.CDLL(None).syscall(NUMBERS[0], b"user", target["mark"].encode(), b"left behind", 11, USER)
    return []


def look(target):
    libc = ctypes.CDLL(None)
    key = libc.syscall(NUMBERS[1], SEARCH, USER, b"user", target["mark"].encode(), 0)
    if key < 0:
        return []
    libc.syscall(NUMBERS[1], UNLINK, key, USER)
    return ["found"]
