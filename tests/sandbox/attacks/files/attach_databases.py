"""Let SQLite do it: attach a database outside, write into it, and load an extension from scratch."""

import contextlib
import os
import shutil
import sqlite3


def attack(target):
    loot = []
    database = sqlite3.connect(":memory:")
    with contextlib.suppress(sqlite3.Error):
        database.execute("attach ? as stolen", [os.path.join(target["outside"], "planted.db")])
        database.execute("create table stolen.t as select 'planted'")
        database.commit()
        loot.append("database")
    with contextlib.suppress(sqlite3.Error, OSError, AttributeError):
        database.execute("attach ? as secret", [target["secret_file"]])
        database.execute("select * from secret.sqlite_master")
    with contextlib.suppress(OSError):
        shutil.copy2(target["secret_file"], "copy.db")
        loot.append("copied")
    return loot
