"""Ask for namespaces, mounts, keys, io_uring, bpf, perf, userfaultfd, modules and a chroot."""

import ctypes
import platform

X86 = {
    **{"unshare": 272, "setns": 308, "mount": 165, "umount2": 166, "pivot_root": 155, "chroot": 161, "bpf": 321},
    **{"keyctl": 250, "add_key": 248, "io_uring_setup": 425, "perf_event_open": 298, "userfaultfd": 323},
    **{"init_module": 175, "open_by_handle_at": 304, "name_to_handle_at": 303, "quotactl": 179, "reboot": 169},
    **{"seccomp": 317, "personality": 135, "setuid": 105, "capset": 126, "clone3": 435, "memfd_create": 319},
    **{"shmget": 29, "mq_open": 240, "fanotify_init": 300, "inotify_init1": 294, "move_mount": 429, "fsopen": 430},
    **{"sethostname": 170, "settimeofday": 164, "swapon": 167, "acct": 163, "ioperm": 173, "kexec_load": 246},
}


def attack(target):
    if platform.machine() != "x86_64":
        return []
    libc = ctypes.CDLL(None)
    arguments = [0x10000000, 0, 0, 0, 0, 0]
    return [name for name, number in X86.items() if libc.syscall(number, *arguments) >= 0]
