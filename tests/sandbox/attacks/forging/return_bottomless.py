"""Return a list that is nested without end."""

STATUS = "error"


def attack(target):
    value = []
    for _ in range(1_000_000):
        value = [value]
    return value
