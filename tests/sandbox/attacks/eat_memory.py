"""Take memory until there is none."""


def attack(target):
    hoard = []
    while True:
        hoard.append(bytearray(10_000_000))
