"""Return a list that is nested without end."""


def attack(target):
    value = []
    for _ in range(1_000_000):
        value = [value]
    return value
