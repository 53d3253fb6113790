"""Attach to the server and read its memory: ptrace, process_vm_readv, kcmp."""

import ctypes
import platform


def attack(target):
    calls = {"x86_64": {"ptrace": 101, "vm_readv": 310, "vm_writev": 311, "kcmp": 312}}
    calls |= {"aarch64": {"ptrace": 117, "vm_readv": 270, "vm_writev": 271, "kcmp": 272}}
    libc = ctypes.CDLL(None)
    loot = []
    for name, number in calls[platform.machine()].items():
        for request, pid in [(0, 0), (16, 1), (0x4206, 1), (16, target["pid"])]:  # TRACEME, ATTACH, SEIZE
            if libc.syscall(number, request, pid, 0, 0, 0, 0) >= 0:
                loot.append(name)
    return loot
