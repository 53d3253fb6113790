"""Take memory until there is none, catch the MemoryError, and hold on to everything while leaving with another one."""

hoard = []


def attack(target):
    size = 1 << 26
    while size > 64:
        try:
            hoard.append(bytearray(size))
        except MemoryError:
            size //= 2
    hoard.append([[] for _ in range(10**9)])
