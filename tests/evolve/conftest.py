import pytest_asyncio
from guessing import LINE
from optwright.evaluators.evaluation import preload
from optwright.evaluators.task import load
from optwright.sandbox.pool import Pool


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def pool():
    async with Pool(preload=preload(load(LINE))) as pool:
        yield pool
