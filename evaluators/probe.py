"""Runs inside the sandbox: moves each datum, rebuilds, re-solves, and compares."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from .compiled import Compiled, fingerprint
from .contract import ProgramFailure, alarm
from .datum import Datum, Move, data_of, moved
from .driver import ConstantFalse, build, judge_module
from .point import load
from .report import plain
from .run import Clock
from .solve import solve
from .verdict import Effect, Perturbation, Probed, Sensitivity, SolveOptions, Verdict

MOST = 40
"""Data that are tried at most."""
_STEP = 0.1


@dataclass(frozen=True)
class Trial:
    """The model with one datum moved. A fingerprint is empty where no model was built."""

    status: str
    objective: float | None = None
    fingerprint: str = ""

    def merit(self, maximize: bool) -> float | None:
        """How good the optimum is, larger being better; None where nothing is known."""
        if self.status == "infeasible":
            return -float("inf")
        if self.status == "unbounded":
            return float("inf")
        if self.status != "optimal" or self.objective is None:
            return None
        return self.objective if maximize else -self.objective


def probe(
    candidate: ModuleType,
    data: dict[str, Any],
    verdict: dict[str, Any],
    expectations: dict[str, Effect],
    options: dict[str, Any],
    seconds: float,
) -> dict[str, Any]:
    """A `Perturbation` as JSON; `verdict` is the program's `Verdict` on `data`, `options` its `SolveOptions`."""
    judged = Verdict.model_validate(verdict)
    return Prober(candidate, data, judged, SolveOptions.model_validate(options), seconds).all(expectations).model_dump()


def judge_and_probe(
    candidate: ModuleType,
    data: dict[str, Any],
    expectations: dict[str, Effect],
    options: dict[str, Any],
    seconds: float,
) -> dict[str, Any]:
    """A `Probed` as JSON: the verdict on `data`, and where it is sound the cross-check, in one process."""
    limits = SolveOptions.model_validate(options)
    verdict = judge_module(candidate, data, limits)
    if not verdict.solved or verdict.failure or not (verdict.feasibility and verdict.feasibility.ok):
        return Probed(verdict=verdict).model_dump()
    found = Prober(candidate, data, verdict, limits, seconds).all(expectations)
    return Probed(verdict=verdict, perturbation=found).model_dump()


class Prober:
    """Moves the data of one program, within one time budget."""

    def __init__(
        self, candidate: ModuleType, data: Mapping[str, Any], verdict: Verdict, options: SolveOptions, seconds: float
    ):
        self.candidate = candidate
        self.data = data
        self.verdict = verdict
        self.base = Trial(verdict.status, verdict.objective, verdict.fingerprint)
        self.maximize = verdict.sense == "maximize"
        self.options = options
        self.clock = Clock(seconds)
        self.solving = 0.0
        """Seconds that the solvers took so far."""
        self.coming = 0
        """Data that are still to be moved after this one."""

    def all(self, expectations: Mapping[str, Effect]) -> Perturbation:
        data = data_of(self.data)
        order = sorted(range(len(data)), key=lambda k: _expected(data[k], expectations) == "unclear")
        found: dict[int, Sensitivity] = {}
        contradictions: list[str] = []
        for place, k in enumerate(order[:MOST], start=1):
            self.coming = min(len(order), MOST) - place
            expected = _expected(data[k], expectations)
            sensitivity, sentence = self.one(data[k], expected)
            if self.clock.out:
                break
            found[k] = sensitivity
            contradictions += [sentence] if sentence else []
        sensitivities = tuple(found[k] for k in sorted(found))
        return Perturbation(
            sensitivities=sensitivities,
            unused=tuple(sensitivity.path for sensitivity in sensitivities if not sensitivity.used),
            contradictions=tuple(contradictions),
            skipped=len(data) - len(found),
            solve=self.solving,
        )

    def one(self, datum: Datum, expected: Effect) -> tuple[Sensitivity, str]:
        """What moving the datum does, and the contradiction with what was expected, if any, as a sentence."""
        down, up = self.trial(datum, _lower), self.trial(datum, _raise)
        sentence = self._contradiction(datum, expected, down, up)
        sensitivity = Sensitivity(
            path=datum.path,
            value=datum.value,
            down=down.objective,
            up=up.objective,
            down_status=down.status,
            up_status=up.status,
            step=_step(datum),
            used=self._used(datum, down, up),
            against=expected if sentence else None,
        )
        return sensitivity, sentence

    def trial(self, datum: Datum, move: Move) -> Trial:
        """Build and solve with the datum moved; a model that did not change keeps its optimum.

        Where time is short only the build is done, which still tells whether the datum is used.
        """
        try:
            return self._solved(self._build(moved(self.data, datum, move))[1])
        except ProgramFailure:
            return Trial("failed")
        except ConstantFalse:
            return Trial("infeasible")

    def _solved(self, c: Compiled) -> Trial:
        mark = fingerprint(c)
        if mark == self.base.fingerprint:
            return self.base
        seconds = self._solving_seconds()
        if seconds <= 0:
            return Trial("not solved", fingerprint=mark)
        begun = time.perf_counter()
        run = solve(c, self.options, Clock(seconds))
        self.solving += time.perf_counter() - begun
        return Trial(run.status, run.objective, mark)

    def _solving_seconds(self) -> float:
        """What one solve may take, with the builds of the data to come set aside; 0 where it would prove nothing."""
        usual = self.verdict.timings.solve
        spare = self.clock.left - 2 * self.coming * self.verdict.timings.build
        if self.base.merit(self.maximize) is None or spare < 2 * usual:
            return 0.0
        return min(self.options.time_limit, max(3 * usual, spare / (2 * self.coming + 2)))

    def _build(self, data: dict[str, Any]) -> tuple[Any, Compiled]:
        limit = min(self.options.build_limit, max(self.clock.left, 0.01))
        return build(self.candidate, data, self.options.model_copy(update={"build_limit": limit}))

    def _used(self, datum: Datum, down: Trial, up: Trial) -> bool:
        """Whether any change of the datum, doubling and zeroing included, changes the model or the report."""
        unchanged = self.base.fingerprint
        if not unchanged or any(trial.fingerprint != unchanged for trial in (down, up)):
            return True
        if any(self.trial(datum, move).fingerprint != unchanged for move in (_double, _zero)):
            return True
        return self._report(datum, _double) != self._report(datum, _same)

    def _report(self, datum: Datum, move: Move) -> str:
        """The report on moved data, at a point that depends on the model alone; empty where it fails."""
        try:
            model, c = self._build(moved(self.data, datum, move))
            load(c, np.clip(1.0, c.lower, c.upper))
            with alarm(self.options.build_limit, "report"):
                return repr(plain(self.candidate.report(model)))
        except Exception:  # the program is not ours and may raise anything
            return ""

    def _contradiction(self, datum: Datum, expected: Effect, down: Trial, up: Trial) -> str:
        """Empty unless the optimum moved against `expected` by more than the solver's tolerance."""
        if expected == "unclear":
            return ""
        for trial, word, improves in ((up, "raising", expected == "helps"), (down, "lowering", expected == "hurts")):
            change = self._change(trial)
            if change is not None and (change < 0 if improves else change > 0):
                return f"more {datum.path} should {expected[:-1]}, yet {word} it {self._effect(trial, change)}"
        return ""

    def _change(self, trial: Trial) -> float | None:
        """How much better the optimum got; 0 within tolerance."""
        before, after = self.base.merit(self.maximize), trial.merit(self.maximize)
        if before is None or after is None or before == after:
            return None
        tolerance = (1e-6 + 2 * self.options.gap) * max(1.0, abs(self.base.objective or 0.0))
        return 0.0 if abs(after - before) <= tolerance else after - before

    def _effect(self, trial: Trial, change: float) -> str:
        if trial.objective is None:
            return f"makes the model {trial.status}"
        if self.base.objective is None:
            return f"makes the {self.base.status} model solvable"
        better = "improves" if change > 0 else "worsens"
        return f"{better} the optimum from {self.base.objective:.6g} to {trial.objective:.6g}"


def _expected(datum: Datum, expectations: Mapping[str, Effect]) -> Effect:
    return expectations.get(datum.path, expectations.get(datum.root, "unclear"))


def _step(datum: Datum) -> float:
    if not datum.value:
        return 1.0 if datum.value == 0 else _STEP
    return abs((_raise(datum.value) - datum.value) / datum.value)


def _raise(value: float | int) -> float | int:
    return value + _amount(value)


def _lower(value: float | int) -> float | int:
    return value - _amount(value)


def _amount(value: float | int) -> float | int:
    """10 % of the size, in whole steps for whole numbers; 1 for 0."""
    if value == 0:
        return 1
    size = abs(value) * _STEP
    return max(1, round(size)) if isinstance(value, int) else size


def _same(value: float | int) -> float | int:
    return value


def _double(value: float | int) -> float | int:
    return 2 * value if value else 1


def _zero(value: float | int) -> float | int:
    return 0 * value
