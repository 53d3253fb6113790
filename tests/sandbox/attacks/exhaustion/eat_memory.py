"""Take memory until there is none."""

STATUS = "memory"


def attack(target):
    hoard = []
    while len(hoard) < 60:  # 600 MB: far beyond the limit, and no danger to a machine without one
        hoard.append(bytearray(10_000_000))
    return ["no limit"]
