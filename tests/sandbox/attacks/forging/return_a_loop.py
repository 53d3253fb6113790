"""Return a list that holds itself, and a generator that never ends."""

STATUS = "error"


def attack(target):
    value = [iter(int, 1)]
    value.append(value)
    return value
