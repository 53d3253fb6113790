"""Write into the memory of the parent and of the server: through /proc, and with process_vm_writev."""

import ctypes
import os
import platform


def attack(target):
    loot = []
    for pid in [target["victim"], os.getppid(), target["pid"]]:
        try:
            os.close(os.open(f"/proc/{pid}/mem", os.O_RDWR))
            loot.append("mem")
        except OSError:
            pass
    number = {"x86_64": 311, "aarch64": 271}[platform.machine()]
    here = (ctypes.c_ulong * 2)(ctypes.addressof(ctypes.create_string_buffer(8)), 0)  # no bytes: it only may
    for pid in [target["victim"], os.getppid()]:
        if ctypes.CDLL(None).syscall(number, pid, ctypes.byref(here), 1, ctypes.byref(here), 1, 0) >= 0:
            loot.append("vm_writev")
    return loot
