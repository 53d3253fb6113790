"""Exchange the result channel and stdout, so that the result is printed and what is printed is the result."""

import os

STATUS = "crashed"


def attack(target):
    out = os.dup(1)
    os.dup2(3, 1)
    os.dup2(out, 3)
    print("printed")
    return "honest"
