"""Return more than is accepted."""


def attack(target):
    return "x" * 20_000_000
