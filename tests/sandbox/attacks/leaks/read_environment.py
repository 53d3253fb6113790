"""Find the parent's secrets in this process's own environment, in Python's copy and in C's."""

import ctypes
import os


def attack(target):
    name = target["secret_variable"]
    pointer = ctypes.POINTER(ctypes.c_char_p).in_dll(ctypes.CDLL(None), "environ")
    everything = [*os.environ, os.environ.get(name, "")]
    index = 0
    while pointer[index]:
        everything.append(pointer[index].decode())
        index += 1
    return [text for text in everything if name in text or "canary" in text or "KEY" in text]
