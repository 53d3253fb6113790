"""Ask the kernel for interfaces and routes (netlink), and listen to every packet (raw and packet sockets)."""

import socket


def attack(target):
    loot = [name for _, name in interfaces() if name != "lo"]
    for family, kind, protocol in [(socket.AF_PACKET, socket.SOCK_RAW, 0x0300), (socket.AF_INET, socket.SOCK_RAW, 6)]:
        try:
            socket.socket(family, kind, protocol).close()
            loot.append("raw")
        except OSError:
            pass
    return loot


def interfaces():
    try:
        return socket.if_nameindex()
    except OSError:
        return []
