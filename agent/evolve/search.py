"""The search loop: asynchronous and deterministic.

Candidate k is planned from the archive as it stood after k - window commits, and candidates are committed in order. So
the same seed and the same completions give the same run to the bit, whatever finishes first, and the pipeline is full.
What a plan is made from changes with commits alone; a run is therefore resumed by committing its candidates again.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable, Sequence

from ...evaluators import source
from ...evaluators.evaluation import FAILURES, Evaluation
from ...evaluators.task import Task
from .choice import Bandit, Weights
from .judging import Judging
from .operators import OPERATORS
from .records import Candidate, Plan, Proposal, Proposer, Status
from .strategies import Strategy

OnCommit = Callable[[Candidate], None]

_RAMP = 4  # at the start a candidate waits for a quarter of those before it: nobody learns anything from one seed
_NOTES = 6
_PROMISING = 10
"""A candidate goes on to all instances where it does as well on the cheap ones as the last of so many best."""
_FAILURES_KEPT = 20
_LEADERS = 8
_TUNED = 10
"""The tuner takes the best so many in turn."""


class Search:
    """One search. `candidates` are those committed so far; `run` goes on to `limit` of them. `models` are weights.

    `replay` commits what an interrupted run had committed; after it `run` goes on where that one stopped.
    """

    def __init__(
        self,
        task: Task,
        strategy: Strategy,
        proposer: Proposer,
        judging: Judging,
        *,
        seed: int = 0,
        models: Sequence[float] = (1.0,),
        on_commit: OnCommit | None = None,
    ) -> None:
        self.candidates: list[Candidate] = []
        self.archive = strategy.make_archive(task.merit)
        self._task, self._strategy, self._proposer, self._judging = task, strategy, proposer, judging
        self._seed, self._on_commit = seed, on_commit or (lambda candidate: None)
        self._operators = strategy.make_choice()
        arms = {str(number): weight for number, weight in enumerate(models)}
        self._models = Bandit(arms) if strategy.choice == "ucb" else Weights(arms)
        self._first = deque(name for name, count in strategy.first.items() for _ in range(count))
        self._failed: deque[Candidate] = deque(maxlen=_FAILURES_KEPT)
        self._notes: deque[str] = deque(maxlen=_NOTES)
        self._programs: dict[str, int] = {}
        self._vectors: dict[tuple[float, ...], int] = {}
        self._planned: deque[Plan] = deque()
        self._next = 0

    def replay(self, candidates: Sequence[Candidate], limit: int | None = None) -> None:
        """Commit these again, in order, without asking or running anything; all of them, whatever the limit is now."""
        limit = None if limit is None else max(limit, len(candidates))
        for candidate in candidates:
            self._plan_ahead(limit)
            self._absorb(self._planned.popleft(), candidate)

    async def run(self, limit: int | None = None, over: Callable[[], bool] = lambda: False) -> None:
        """Commit candidates until there are `limit` of them, or `over()` says so after a commit.

        Whatever ends it early (cancellation, BudgetError, EndpointError, SandboxError, a store that fails) is raised
        after everything under way was stopped; what had been committed stays.
        """
        under_way: deque[tuple[Plan, asyncio.Task[tuple[Proposal, Evaluation | None]]]] = deque()
        try:
            while not over():
                self._plan_ahead(limit)
                while self._planned:
                    plan = self._planned.popleft()
                    under_way.append((plan, asyncio.ensure_future(self._make(plan))))
                if not under_way:
                    return
                plan, making = under_way[0]
                proposal, evaluation = await making
                under_way.popleft()
                candidate = self._candidate(plan, proposal, evaluation)
                self._on_commit(candidate)
                self._absorb(plan, candidate)
        finally:
            for _, making in under_way:
                making.cancel()
            await asyncio.gather(*(making for _, making in under_way), return_exceptions=True)
            await self._judging.stop()

    def _plan_ahead(self, limit: int | None) -> None:
        """Plan every candidate whose time has come."""
        while (limit is None or self._next < limit) and self._needed(self._next) <= len(self.candidates):
            self._planned.append(self._plan(self._next))
            self._next += 1

    def _needed(self, number: int) -> int:
        """How many commits the plan of this candidate waits for."""
        seeds = len(self._task.seeds)
        return 0 if number < seeds else max(seeds, number - self._strategy.window, number // _RAMP)

    def _plan(self, number: int) -> Plan:
        rng = random.Random(f"{self._seed}/{number}")
        if number < len(self._task.seeds):
            return Plan(number, "seed", (), rng.getrandbits(32))
        operator, parents = self._operator(number, rng), ()
        row = OPERATORS[operator]
        if row.on == "failure":
            parents = (self._failed.pop(),)
        elif operator == "tune":
            parents = self.archive.best(1 + number // self._strategy.tune_every % _TUNED)[-1:]
        elif row.parents:
            parents = self._in_order(self.archive.parents(number, row.parents, rng), operator)
        return Plan(
            number,
            operator,
            parents,
            rng.getrandbits(32),
            model=int(self._models.choose(rng)) if row.by == "model" else 0,
            examples=self.archive.best(row.examples)[::-1],
            leaders=self.archive.best(_LEADERS),
            notes=tuple(self._notes),
            bar=self._bar(),
        )

    def _operator(self, number: int, rng: random.Random) -> str:
        if self._first:
            return self._first.popleft()
        if self._strategy.tune_every and number % self._strategy.tune_every == 0 and self.archive.best(1):
            return "tune"
        while True:
            name = self._operators.choose(rng)
            if OPERATORS[name].on != "failure" or self._failed:
                return name

    def _in_order(self, parents: tuple[Candidate, ...], operator: str) -> tuple[Candidate, ...]:
        """Versions are shown the better ones last; elsewhere the first parent is the one to be changed."""
        if operator == "versions":
            return tuple(sorted(parents, key=lambda parent: self._merit(parent)))
        return parents

    def _bar(self) -> float | None:
        best = self.archive.best(_PROMISING)
        if not self._judging.staged or len(best) < _PROMISING:
            return None
        cheap = [self._judging.cheap_score(candidate.scores) for candidate in best]
        return min(cheap, key=self._task.merit)

    async def _make(self, plan: Plan) -> tuple[Proposal, Evaluation | None]:
        proposal = await self._proposer.propose(plan)
        return proposal, await self._judging(proposal.text, plan.bar) if proposal.status == "ok" else None

    def _candidate(self, plan: Plan, proposal: Proposal, evaluation: Evaluation | None) -> Candidate:
        key = source.key(proposal.text) if proposal.text else ""
        status, reason = self._fate(key, proposal, evaluation)
        whole = evaluation is not None and status != "unpromising" and bool(evaluation.scores)
        return Candidate(
            number=plan.number,
            text=proposal.text,
            key=key,
            operator=plan.operator,
            parents=tuple(parent.number for parent in plan.parents),
            thought=proposal.thought,
            status=status,
            reason=reason,
            scores=evaluation.scores if evaluation else (),
            score=evaluation.score if evaluation and whole else None,
            note=proposal.note,
            model=proposal.model,
            input_tokens=proposal.input_tokens,
            output_tokens=proposal.output_tokens,
            calls=proposal.calls,
            evaluations=proposal.evaluations,
        )

    def _fate(self, key: str, proposal: Proposal, evaluation: Evaluation | None) -> tuple[Status, str]:
        if evaluation is None:
            return proposal.status, proposal.reason
        if key in self._programs:
            return "duplicate", f"the same program as candidate {self._programs[key]}"
        if evaluation.status != "ok":
            return evaluation.status, evaluation.reason
        if not self._judging.complete(evaluation):
            return "unpromising", "stopped after the cheap instances"
        if evaluation.scores in self._vectors:
            return "duplicate", f"the same scores as candidate {self._vectors[evaluation.scores]}"
        return "ok", ""

    def _absorb(self, plan: Plan, candidate: Candidate) -> None:
        """What a commit changes: all that later plans are made from."""
        self._learn(plan, candidate)
        if candidate.key:
            self._programs.setdefault(candidate.key, candidate.number)
        if candidate.ok:
            self._vectors[candidate.scores] = candidate.number
            self.archive.add(candidate)
        elif candidate.status in FAILURES and plan.operator != "repair":
            self._failed.append(candidate)
        if candidate.note:
            self._notes.append(candidate.note)
        self.candidates.append(candidate)

    def _learn(self, plan: Plan, candidate: Candidate) -> None:
        """What the operator and the model have brought."""
        gain = self._gain(plan, candidate)
        if plan.operator in self._strategy.operators:
            self._operators.learn(plan.operator, gain, candidate.tokens)
            if OPERATORS[plan.operator].by == "model":
                self._models.learn(str(plan.model), gain, candidate.tokens)

    def _gain(self, plan: Plan, candidate: Candidate) -> float:
        """The improvement over the first parent, as a share of the spread among the best."""
        best = self.archive.best(_PROMISING)
        parent = next((one for one in plan.parents if one.score is not None), None)
        if not candidate.ok or not best or parent is None:
            return 0.0
        spread = self._merit(best[0]) - self._merit(best[-1])
        gain = self._merit(candidate) - self._merit(parent)
        return max(0.0, min(1.0, gain / spread if spread > 0 else float(gain > 0)))

    def _merit(self, candidate: Candidate) -> float:
        assert candidate.score is not None
        return self._task.merit(candidate.score)
