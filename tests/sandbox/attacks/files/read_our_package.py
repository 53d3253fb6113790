"""Read this project's own files: the bundled answers, the code of the sandbox, the folder it was started from."""

import contextlib
import os
import sys
from pathlib import Path

import optwright


def attack(target):
    folder = os.path.dirname(optwright.__file__)
    loot = []
    for path in [optwright.__file__, folder, folder + "/datasets", target["folder"], sys.modules[__name__].__file__]:
        with contextlib.suppress(OSError):
            loot += os.listdir(path) if os.path.isdir(path) else [Path(path).read_text()]
    return loot
