"""Make system calls by the 32-bit and x32 conventions, whose numbers mean something else."""

import ctypes
import mmap
import platform


def attack(target):
    if platform.machine() != "x86_64":
        raise SystemExit
    if ctypes.CDLL(None).syscall(0x40000000 + 41, 2, 1, 0) >= 0:  # x32: socket
        return ["x32"]
    page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(b"\xb8\x14\x00\x00\x00\xcd\x80\xc3")  # mov eax, 20 (getpid); int 0x80; ret
    call = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
    return [call()]
