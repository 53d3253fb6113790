"""Return more than is accepted."""

STATUS = "output"


def attack(target):
    return "x" * 20_000_000
