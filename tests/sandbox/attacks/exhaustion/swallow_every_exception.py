"""Catch whatever is raised, exit and interrupt included, and start again."""

import sys

STATUS = "timeout"


def attack(target):
    while True:
        try:
            sys.exit()
        except BaseException:
            continue
