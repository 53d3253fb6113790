"""Take memory that no heap counts: shared anonymous pages, touched one by one."""

import mmap

STATUS = "error"


def attack(target):
    hoard = []
    for _ in range(60):
        hoard.append(mmap.mmap(-1, 10 << 20))  # shared by default
        for page in range(0, 10 << 20, 4096):
            hoard[-1][page] = 1
    return ["no limit"]
