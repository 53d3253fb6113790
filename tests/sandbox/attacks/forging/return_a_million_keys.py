"""Return a dict with a million keys."""

STATUS = "output"


def attack(target):
    return dict.fromkeys(range(1_000_000), 0)
