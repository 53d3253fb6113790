"""Create, change, truncate, rename, remove or re-permit files outside of scratch."""

import os
import site
import stat


def create(folder, mark):
    path = os.path.join(folder, mark)
    os.close(os.open(path, os.O_CREAT | os.O_EXCL))
    os.remove(path)


def attack(target):
    loot = []
    places = [site.getsitepackages()[0], "/usr/lib", "/dev/shm", "/var/tmp", "/", "/dev", "/home", target["folder"]]
    for folder in [target["outside"], *places]:
        try:
            create(folder, target["mark"])
            loot.append(folder)
        except OSError:
            pass
    file = target["secret_file"]
    changes = {
        "chmod a library": lambda: os.chmod(os.__file__, stat.S_IMODE(os.stat(os.__file__).st_mode)),
        "open a library": lambda: os.close(os.open(os.__file__, os.O_WRONLY)),
        "setxattr": lambda: os.setxattr(file, "user.x", b"x"),
        "utime": lambda: os.utime(file, (0, 0)),
        "chmod": lambda: os.chmod(file, 0o777),
        "append": lambda: os.write(os.open(file, os.O_WRONLY | os.O_APPEND), b"changed"),
        "truncate": lambda: os.truncate(file, 0),
        "mkfifo": lambda: os.mkfifo(file + ".pipe"),
        "rename": lambda: os.rename(file, file + ".mine"),
        "remove": lambda: os.remove(file + ".mine"),
    }
    for name, change in changes.items():
        try:
            change()
            loot.append(name)
        except OSError:
            pass
    return loot
