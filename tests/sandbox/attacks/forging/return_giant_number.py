"""Return a whole number of two hundred thousand digits, with Python's guard against such numbers switched off."""

import sys

STATUS = "crashed"


def attack(target):
    sys.set_int_max_str_digits(0)
    return 7 << 660_000
