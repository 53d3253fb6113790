"""Programs as models write them on a bad day: each costs one repair round, says what happened, and harms nothing."""

import pytest
from workshop import PROGRAM, fenced, formulation

HEAD = "import pyomo.environ as pyo\n\n\ndef build_model(data):\n"
TAIL = "    return pyo.ConcreteModel()\n\n\ndef report(model):\n    return {}\n"

BAD = {
    "syntax error": (PROGRAM.replace("def report(model):", "def report(model)"), "syntax"),
    "no build_model": ("def solve(data):\n    return 1\n", "build_model"),
    "no report": (PROGRAM.split("def report")[0], "report"),
    "not a model": (HEAD + "    return 7\n\n\ndef report(model):\n    return {}\n", "ConcreteModel"),
    "no objective": (HEAD + TAIL, "objective"),
    "eats memory": (HEAD + "    hog = [bytearray(1 << 24) for _ in range(10**6)]\n" + TAIL, "memory"),
    "ends the process": (HEAD + "    import os\n    os._exit(0)\n" + TAIL, "died"),
    "opens a socket": (HEAD + "    import socket\n    socket.create_connection(('127.0.0.1', 9))\n" + TAIL, "Error"),
    "reads a secret": (HEAD + "    open('/etc/shadow').read()\n" + TAIL, "No such file"),
    "starts a process": (HEAD + "    import subprocess\n    subprocess.run(['true'])\n" + TAIL, "Error"),
    "raises in report": (PROGRAM.replace('{"earnings"', '1 / 0, {"earnings"'), "ZeroDivisionError"),
}


@pytest.mark.parametrize("kind", BAD)
async def test_a_bad_program_is_told_what_happened_and_mended(ask, kind):
    program, told = BAD[kind]
    solution = await ask("quick", formulation(), fenced(program), fenced(PROGRAM))
    assert solution.status == "optimal" and len(solution.repairs) == 1
    assert told.casefold() in ask.llm.requests[2].messages[-1]["content"].casefold()


async def test_100_mb_of_output_are_cut_while_they_stream(ask):
    loud = PROGRAM.replace(
        "    model = pyo", "    for _ in range(100):\n        print('x' * 1_000_000)\n    model = pyo"
    )
    solution = await ask("quick", formulation(), fenced(loud))
    assert solution.status == "optimal" and len(solution.verdict.stdout) <= 64_000
