"""Fetch a page with the standard library, as an innocent program would."""

import contextlib
import http.client
import urllib.request
import xmlrpc.client


def attack(target):
    address = f"http://127.0.0.1:{target['port']}/secret"
    with contextlib.suppress(OSError, http.client.HTTPException):
        urllib.request.urlopen(address, timeout=0.2)
    with contextlib.suppress(OSError, http.client.HTTPException):
        xmlrpc.client.ServerProxy(address)
    return []
