"""Find out whose machine this is: its accounts, name, hardware, network addresses, disks and mounts."""

import os


def attack(target):
    loot = []
    for path in [
        *("/etc/passwd", "/etc/shadow", "/etc/hostname", "/etc/hosts", "/etc/resolv.conf", "/etc/machine-id"),
        *("/proc/self/mountinfo", "/proc/mounts", "/proc/partitions", "/proc/net/tcp", "/proc/net/arp"),
        *("/sys/class/net", "/sys/class/dmi/id", "/sys/block", "/sys/kernel", "/var/log", "/var/lib"),
    ]:
        try:
            os.close(os.open(path, os.O_RDONLY))
            loot.append(path)
        except OSError:
            pass
    return loot
