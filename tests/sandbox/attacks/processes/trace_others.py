"""Attach to a process of the outside and read its memory: ptrace, process_vm_readv, kcmp, pidfd_getfd."""

import ctypes
import platform


def attack(target):
    calls = {"x86_64": {"ptrace": 101, "kcmp": 312}, "aarch64": {"ptrace": 117, "kcmp": 272}}[platform.machine()]
    libc = ctypes.CDLL(None)
    pid = target["victim"]
    loot = []
    if libc.syscall(calls["ptrace"], 0x4206, pid, 0, 0) == 0:  # PTRACE_SEIZE
        loot.append("ptrace")
    if libc.syscall(calls["kcmp"], pid, target["pid"], 1, 0, 0) >= 0:
        loot.append("kcmp")
    pidfd = libc.syscall(434, pid, 0)
    if pidfd >= 0 and libc.syscall(438, pidfd, 1, 0) >= 0:
        loot.append("a descriptor of its")
    return loot
