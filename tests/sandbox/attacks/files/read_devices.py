"""Read the disk, the memory and the kernel's log as devices; make a device node where there is none."""

import glob
import os


def attack(target):
    loot = []
    disks = glob.glob("/dev/[svx]d?") + glob.glob("/dev/nvme*")
    for path in [*disks, "/dev/mem", "/dev/port", "/dev/kmsg", "/dev/fuse"]:
        try:
            os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK))
            loot.append(path)
        except OSError:
            pass
    try:
        os.mknod("disk", 0o060666, os.makedev(8, 0))
        os.close(os.open("disk", os.O_RDONLY))
        loot.append("a node of its own")
    except OSError:
        pass
    return loot
