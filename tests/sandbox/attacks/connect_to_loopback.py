"""Reach a listener on loopback over TCP and UDP, IPv4 and IPv6."""

import socket


def attack(target):
    loot = []
    for family, host in [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")]:
        for kind in [socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW]:
            try:
                with socket.socket(family, kind) as s:
                    loot.append("socket")
                    s.settimeout(1)
                    s.connect((host, target["port"]))
                    s.sendall(b"secret")
                    loot.append("sent")
            except OSError:
                pass
    return loot
