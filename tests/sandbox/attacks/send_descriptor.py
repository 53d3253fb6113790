"""Hand a descriptor to the parent along with the result, or take one from it."""

import array
import socket


def attack(target):
    loot = []
    channel = socket.socket(fileno=3)
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [1]))]
    for attempt in [lambda: channel.sendmsg([b"x"], rights), lambda: channel.recvmsg(1, 1000, socket.MSG_DONTWAIT)]:
        try:
            attempt()
            loot.append("passed")
        except OSError:
            pass
    channel.detach()
    return loot
