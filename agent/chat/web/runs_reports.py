"""The full report of a run, as `--html` writes it: one page that needs nothing else."""

from __future__ import annotations

from ....datasets.library import Library
from ....errors import UsageError
from ...bench import reports
from ...bench import runner as benching
from ...bench.sampling import labelled
from ...engine import Engine
from ...evolve import run as evolution
from ...solution import Solution
from ...store import Run


def report_of(engine: Engine, run: Run) -> str:
    """May take seconds. Raises OptwrightError where there is nothing to report yet, or the run cannot be scored."""
    if run.kind == evolution.KIND:
        return _of_evolution(engine, run)
    return _of_bench(engine, run) if run.kind == benching.KIND else _of_solution(run)


def _of_evolution(engine: Engine, run: Run) -> str:
    from ...evolve.report.page import page

    return page(evolution.view(engine.store, run.id))


def _of_bench(engine: Engine, run: Run) -> str:
    from ...bench.report.page import page

    store, library = engine.store, Library(engine.settings.home)
    view = reports.scored(engine.settings, run.id)
    items = labelled(benching.taken(library, view.given, run.id), None)
    here = {(item.set, item.id) for item in items}
    made = (each for each in benching.attempts(store, run.id) if (each.set, each.item) in here)
    return page(view, items, made, lambda attempt: store.calls(run.id, attempt.part))


def _of_solution(run: Run) -> str:
    from ...report.page import page

    if run.result is None:
        raise UsageError(f"Run {run.id} has no solution yet.")
    return page(Solution.model_validate_json(run.result))
