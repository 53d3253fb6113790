"""Listen on loopback, and hear the secret of a candidate that runs beside this one."""

import socket
import time


def bystander(target, secret):
    for _ in range(30):
        try:
            with socket.create_connection(("127.0.0.1", target["free_port"]), 0.1) as s:
                s.sendall(secret.encode())
        except OSError:
            time.sleep(0.02)
    return "unharmed"


def attack(target):
    try:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", target["free_port"]))
            listener.listen()
            listener.settimeout(0.3)
            connection, _ = listener.accept()
            return [connection.recv(100).decode()]
    except OSError:
        return []
