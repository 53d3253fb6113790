"""Find sockets of the parent or the server among this process's descriptors and objects, and talk to them."""

import gc
import os
import socket


def attack(target):
    loot = []
    for descriptor in range(4, 256):
        try:
            os.fstat(descriptor)
            loot.append(descriptor)
        except OSError:
            pass
    for thing in gc.get_objects():
        if isinstance(thing, socket.socket) and thing.fileno() != 3:  # 3 is its own channel
            try:
                thing.send(b"x" * 29)
                loot.append("sent")
            except OSError:
                pass
    return loot
