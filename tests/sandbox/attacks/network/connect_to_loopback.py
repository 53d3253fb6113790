"""Reach a listener on loopback over TCP, IPv4 and mapped into IPv6."""

import socket


def attack(target):
    loot = []
    for family, host in [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::ffff:127.0.0.1")]:
        try:
            with socket.socket(family, socket.SOCK_STREAM) as s:
                s.settimeout(1)
                s.connect((host, target["port"]))
                s.sendall(b"secret")
                loot.append(host)
        except OSError:
            pass
    return loot
