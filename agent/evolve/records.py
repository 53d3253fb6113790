"""What passes between the parts of a search: a plan to a proposer, a proposal back, a candidate to the archive."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict

from ...evaluators.evaluation import Failure
from ...evaluators.task import Direction, Kind

Status = Literal["ok", "unpromising", "duplicate", "no_code", "no_reply"] | Failure
"""`unpromising`: stopped after the cheap instances. `duplicate`: the same program, or the same scores, as an earlier
candidate. `no_code`: the reply holds no program that can be used. `no_reply`: the model gave nothing usable at all."""


class Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Proposal(Record):
    """What a proposer came up with, and what that took."""

    text: str = ""
    """The candidate; empty where there is none."""
    thought: str = ""
    status: Literal["ok", "no_code", "no_reply"] = "ok"
    reason: str = ""
    """Why there is no candidate."""
    note: str = ""
    """What was learned on the way (a reflection), kept for later prompts."""
    model: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float | None = None
    """US dollars; None where no price is known."""
    calls: int = 0
    evaluations: int = 0
    """Candidates that were evaluated on the way, as a tuner does."""


class Candidate(Record):
    """One evolved text and what became of it. A failed candidate has a status and a reason, never a score."""

    number: int
    """Its place in the order of commits, from 0."""
    text: str
    key: str
    """The same for the same program (`evaluators.source.key`)."""
    operator: str
    parents: tuple[int, ...] = ()
    thought: str = ""
    status: Status
    reason: str = ""
    scores: tuple[float, ...] = ()
    """By train instance; only the cheap ones where it is unpromising."""
    score: float | None = None
    """Mean over all train instances; None where not all were scored."""
    note: str = ""
    model: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    calls: int = 0
    evaluations: int = 0

    @property
    def ok(self) -> bool:
        return self.status == "ok"

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens


@dataclass(frozen=True)
class Plan:
    """What is decided of a candidate before it exists: all of it a function of the commits so far and the seed."""

    number: int
    operator: str
    parents: tuple[Candidate, ...]
    """As many as the operator wants, where the archive had as many; the first is the one to be changed."""
    seed: int
    """Of all randomness in proposing this candidate."""
    model: int = 0
    """Which of the run's models proposes it."""
    examples: tuple[Candidate, ...] = ()
    """Good candidates to be shown, the worst first."""
    leaders: tuple[Candidate, ...] = ()
    """The best so far, the best first: what has been tried, in a line each."""
    notes: tuple[str, ...] = ()
    """Reflections so far, the oldest first."""
    bar: float | None = None
    """The mean score on the cheap instances that it has to reach to be evaluated on all of them."""

    @property
    def rng(self) -> random.Random:
        """A new generator, always the same for this plan."""
        return random.Random(self.seed)


class Proposer(Protocol):
    """Makes a candidate's text from a plan. The same plan (and the same completions) give the same proposal."""

    async def propose(self, plan: Plan) -> Proposal: ...


class Given(Record):
    """What a run was started with, as the store keeps it: all that its candidates depend on, but the completions."""

    task: str
    """As the user named it: `NAME`, `FILE.py` or `FILE.py@FUNCTION`."""
    source: str
    """The task's file as it was; a run whose task has changed is not gone on with."""
    words: str
    direction: Direction
    kind: Kind
    baselines: dict[str, dict[str, float]] = {}
    """All four as the task has them: a run can be shown without its task's file."""
    strategy: str
    models: tuple[str, ...] = ()
    """None where no language model takes part; `NAME=2` is asked twice as often."""
    seed: int = 0
    window: int
    """Candidate k is planned after k - window commits."""
    budget: str
    """As `--budget` takes it."""


class Champion(Record):
    """The best candidate of a run, held out and verified."""

    number: int
    """Of the candidate."""
    scores: dict[str, tuple[float, ...]]
    """By split (`train`, `dev`, `test`, `ood`), one for each instance."""
    verified: bool
    """Stepped from the trusted side, one call at a time, it decided as it did in the sandbox."""
    disqualified: dict[int, str] = {}
    """Candidates with better scores that did not stand up to this, and why."""


class Begun(Record):
    """A process began to work on the run."""
