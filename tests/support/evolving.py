"""`python evolving.py HOME CANDIDATES [RUN]`: a run of the task `line` with the guesser, begun or gone on with.

Prints the run's id, then a line for each commit of this process.
"""

import asyncio
import sys
from pathlib import Path

from guessing import LINE, Guesser
from optwright.agent.evolve.run import Evolution, given
from optwright.agent.settings import Settings


async def main(home: str, candidates: str, run: str = "") -> None:
    settings = Settings(home=Path(home), model="guesser")

    def report(progress) -> None:
        print(progress.run, progress.candidates, flush=True)

    async with Evolution(settings, [Guesser(delay=0.05)]) as evolution:
        if run:
            await evolution.resume(run, candidates, report)
        else:
            await evolution.start(given(settings, LINE, "eoh", (), candidates, 0), report)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
