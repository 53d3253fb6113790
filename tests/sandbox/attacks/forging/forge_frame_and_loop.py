"""Write a perfect result ahead of time, then go on for ever."""

import json
import os
import struct

STATUS = "timeout"


def attack(target):
    text = json.dumps({"status": "ok", "value": "forged"}).encode()
    os.write(3, struct.pack("!8sQQ", b"k" * 8, len(text), 0) + text)
    while True:
        pass
