"""Read the kernel's addresses, log, settings and random state."""

import ctypes
import os


def attack(target):
    loot = []
    paths = ["kallsyms", "modules", "kcore", "iomem", "cmdline", "config.gz", "keys", "timer_list", "sysrq-trigger"]
    settings = ["core_pattern", "random/boot_id", "kptr_restrict", "randomize_va_space", "ngroups_max"]
    for path in [f"/proc/{p}" for p in paths] + [f"/proc/sys/kernel/{p}" for p in settings]:
        try:
            os.close(os.open(path, os.O_RDONLY))
            loot.append(path)
        except OSError:
            pass
    text = ctypes.create_string_buffer(1000)
    if ctypes.CDLL(None).klogctl(3, text, 1000) >= 0:
        loot.append("the log")
    return loot
