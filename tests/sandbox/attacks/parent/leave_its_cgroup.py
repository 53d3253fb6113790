"""Move to another control group, where no limit is."""

import glob
import os


def attack(target):
    loot = []
    for hierarchy in ["/sys/fs/cgroup", *glob.glob("/sys/fs/cgroup/*/")]:
        try:
            folder = os.path.join(hierarchy, target["mark"])
            os.mkdir(folder)
            os.rmdir(folder)
            loot.append("a group of its own")
        except OSError:
            pass
    return loot
