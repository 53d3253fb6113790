"""End as a process does whose walls did not go up, so that the parent takes the sandbox for broken."""

import os

STATUS = "crashed"


def attack(target):
    os.write(2, b"the walls did not go up")
    os._exit(1)
