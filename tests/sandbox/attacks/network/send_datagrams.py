"""Send to a listener on loopback over UDP and UDP-Lite, connected and not, as a DNS tunnel would."""

import socket


def attack(target):
    loot = []
    address = ("127.0.0.1", target["udp_port"])
    for protocol in [socket.IPPROTO_UDP, 136]:
        try:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM, protocol) as s:
                s.sendto(b"secret", address)
                s.connect(address)
                s.send(b"secret")
                if protocol == socket.IPPROTO_UDP:
                    loot.append("sent")
        except OSError:
            pass
    return loot
