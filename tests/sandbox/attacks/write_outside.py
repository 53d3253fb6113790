"""Create, change, truncate, rename, remove or re-permit files outside of scratch."""

import os
import site
import tempfile
from pathlib import Path


def attack(target):
    loot = []
    for folder in [target["outside"], site.getsitepackages()[0], "/usr/lib", "/dev/shm", "/var/tmp", "/", "..", "/dev"]:
        try:
            tempfile.NamedTemporaryFile(dir=folder, delete=False).close()
            loot.append(folder)
        except OSError:
            pass
    file = target["secret_file"]
    changes = [
        lambda: Path(file).write_text(""),
        lambda: os.truncate(file, 0),
        lambda: os.chmod(file, 0o777),
        lambda: os.chown(file, 0, 0),
        lambda: os.utime(file),
        lambda: os.rename(file, "mine"),
        lambda: os.remove(file),
        lambda: os.setxattr(file, "user.x", b"x"),
        lambda: os.chmod(os.__file__, 0o777),
        lambda: os.utime(os.__file__),
        lambda: os.open(os.__file__, os.O_WRONLY),
        lambda: os.mkfifo("/usr/lib/pipe"),
        lambda: os.mknod("device", 0o020666, os.makedev(1, 1)),
    ]
    for index, change in enumerate(changes):
        try:
            change()
            loot.append(index)
        except OSError:
            pass
    return loot
