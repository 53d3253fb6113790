"""Replace what the result is encoded and sent with."""

import json
import os
import struct
import sys

VALUE = "honest"


def attack(target):
    json.dumps = lambda *_, **__: '{"status": "ok", "value": "forged"}'
    json.loads = lambda *_, **__: {"status": "ok", "value": "forged"}
    json.JSONEncoder.encode = lambda *_: '{"status": "ok", "value": "honest"}'
    os.write = lambda _, data: len(data)
    struct.pack = lambda *_: b""
    sys.modules["json"] = sys.modules["struct"] = None
    return "honest"
