"""Find out the machine's name, which tells whose it is."""

import os
import socket


def attack(target):
    return [name for name in [os.uname().nodename, socket.gethostname()] if name == target["host_name"]]
