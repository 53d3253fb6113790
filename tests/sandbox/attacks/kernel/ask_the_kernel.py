"""Ask for what computing does not need: memory files, profiling, page fault handlers, rings, keys, queues, personas."""

import ctypes
import os

X86 = {
    **{"io_uring_setup": (425, 4, "params"), "userfaultfd": (323, 1), "memfd_create": (319, "name", 0)},
    **{"inotify_init1": (294, 0), "personality": (135, 0x0040000), "shmget": (29, 0, 4096, 0o1600)},
    **{"keyctl": (250, 0, -3, 1), "seccomp": (317, 2, 0, "params"), "timer_create": (222, 1, 0, "params")},
    **{"pidfd_open": (434, "self", 0), "mlockall": (151, 1), "memfd_secret": (447, 0)},
}


def attack(target):
    if os.uname().machine != "x86_64":
        return []
    libc = ctypes.CDLL(None)
    loot = []
    for name, (number, *arguments) in X86.items():
        named = {"params": ctypes.create_string_buffer(256), "name": b"x", "self": os.getpid()}
        if libc.syscall(number, *(named.get(argument, argument) for argument in arguments)) >= 0:
            loot.append(name)
    return loot
