"""Write a perfect result ahead of the honest one, so that there are two."""

import json
import os
import struct

STATUS = "crashed"


def attack(target):
    text = json.dumps({"status": "ok", "value": "forged"}).encode()
    os.write(3, struct.pack("!8sQQ", b"k" * 8, len(text), 0) + text)
    return "honest"
