"""Take memory until there is none, catch the MemoryError, and hold on to everything while leaving with another one."""

STATUS = "memory"
hoard = []


def attack(target):
    size = 1 << 26
    while size > 64 and len(hoard) < 10_000_000:
        try:
            hoard.append(bytearray(size))
            if sum(map(len, hoard[:10])) >= 10 << 26:
                return ["no limit"]
        except MemoryError:
            size //= 2
    hoard.append([[] for _ in range(10**9)])
