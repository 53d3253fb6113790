"""Verdict: what the solver really did with a program. Frozen records, JSON both ways."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

ReportValue = float | int | str | bool | list | dict | None

SolveStatus = Literal[
    "optimal",  # proved within the gap asked for
    "feasible",  # a limit hit; the incumbent is feasible, its gap is reported
    "infeasible",
    "unbounded",
    "limit",  # a limit hit before any feasible point was found
    "failed",  # the program or the solver failed: see `failure`
]
Solver = Literal["highs", "scip"]
ModelClass = Literal["LP", "MIP", "QP", "MIQP", "NLP", "MINLP"]


class Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="constants")


class SolveOptions(Record):
    """How a program is run. Solvers run with one thread, so that a run repeats itself."""

    time_limit: float = 60.0
    """Seconds that the solver may take."""
    build_limit: float = 60.0
    """Seconds that `build_model` and everything else around the solver may take."""
    gap: float = 1e-6
    """Relative optimality gap at which the solver may stop."""
    seed: int = 0
    memory_mb: int = 4096


class VariableValue(Record):
    name: str
    value: float | None
    lower: float | None = None
    upper: float | None = None
    domain: Literal["real", "integer", "binary"] = "real"
    reduced_cost: float | None = None


class ConstraintValue(Record):
    """A row at the returned point: lower ≤ body ≤ upper, where None is no bound. Constants stand in the bounds."""

    name: str
    body: float | None
    lower: float | None = None
    upper: float | None = None
    slack: float | None = None
    """Distance to the nearest bound; negative when violated."""
    dual: float | None = None
    """Change of the objective per unit of the bound; LPs and convex QPs only."""


class ModelStatistics(Record):
    model_class: ModelClass
    continuous: int = 0
    integer: int = 0
    binary: int = 0
    equalities: int = 0
    inequalities: int = 0
    nonlinear: int = 0
    """Constraints that are not linear."""
    nonzeros: int = 0
    coefficient_range: tuple[float, float] | None = None
    """Smallest and largest absolute nonzero linear coefficient (constraints and objective)."""


class Feasibility(Record):
    """The returned point against every row, bound and domain, evaluated apart from the solver."""

    ok: bool
    worst_violation: float = 0.0
    """Relative to max(1, |bound|); up to 1e-6 passes."""
    where: str | None = None
    """Name of the constraint or variable with the worst violation."""
    kind: Literal["constraint", "bound", "integrality", "objective"] | None = None


class Relaxation(Record):
    """One bound to move, as part of the cheapest way to make the model feasible."""

    constraint: str
    side: Literal["lower", "upper"]
    bound: float
    by: float
    """Amount, in the constraint's own units: a lower bound falls by it, an upper one rises by it."""


class Diagnosis(Record):
    kind: Literal["infeasible", "unbounded", "numerics"]
    conflict: tuple[str, ...] = ()
    """Infeasible: an irreducible set of constraint (and `bound:VARIABLE`) names that cannot hold together, 200 at most.

    Integrality and a variable's natural bounds (its domain's, and 0) are always in force and never named."""
    conflict_is_minimal: bool = True
    """False when time ran out before every member was shown to be needed."""
    relaxations: tuple[Relaxation, ...] = ()
    """Infeasible: the cheapest changes of bounds that make the model feasible."""
    ray: dict[str, float] = {}
    """Unbounded: variables that can grow for ever, and their direction."""
    note: str = ""


FailureKind = Literal[
    "syntax", "contract", "exception", "timeout", "memory", "output", "crashed", "refused", "solver", "report"
]


class Failure(Record):
    """Why there is no answer: the program's or the solver's failure, for the repair prompt and the user."""

    kind: FailureKind
    message: str
    line: int | None = None
    traceback: str = ""


class Progress(Record):
    """How far a solver has come, while it runs; of an LP, HiGHS tells only the time until it is solved.

    It comes from the program's process, which can forge it.
    """

    model_config = ConfigDict(allow_inf_nan=False)

    solver: Solver
    seconds: float = Field(ge=0)
    """Since the solving began."""
    objective: float | None = None
    """Of the best feasible point so far, in the objective's own unit and sense; None before there is one."""
    bound: float | None = None
    """What no point can beat, as far as is proved: at or below `objective` when minimizing, above when maximizing."""
    gap: float | None = Field(default=None, ge=0)
    """|objective - bound| / max(1e-10, |objective|), as in a verdict."""


class Timings(Record):
    """Seconds."""

    build: float = 0.0
    solve: float = 0.0
    total: float = 0.0


class Verdict(Record):
    status: SolveStatus
    termination: str = ""
    """The solver's own word."""
    solver: str = ""
    sense: Literal["minimize", "maximize"] | None = None
    objective: float | None = None
    bound: float | None = None
    gap: float | None = None
    """|objective - bound| / max(1e-10, |objective|)."""
    report: dict[str, ReportValue] = {}
    """What the program's `report(model)` returned: the quantities that the question asks for."""
    variables: tuple[VariableValue, ...] = ()
    constraints: tuple[ConstraintValue, ...] = ()
    omitted: int = 0
    """Zero-valued variables and slack rows left out of a large model's lists."""
    statistics: ModelStatistics | None = None
    feasibility: Feasibility | None = None
    diagnosis: Diagnosis | None = None
    failure: Failure | None = None
    lp: str | None = None
    """The model as LP text with symbolic names; None above 256 KiB (see `export_model`)."""
    fingerprint: str = ""
    """Hash of the built model: equal fingerprints mean the same model."""
    stdout: str = ""
    timings: Timings = Timings()

    @property
    def solved(self) -> bool:
        """Whether a feasible point is in hand."""
        return self.status in ("optimal", "feasible")


class Exported(Record):
    """One model in the forms that `--save` writes."""

    lp: str | None
    """None for models that LP text cannot hold."""
    mps: str | None
    latex: str | None
    """None for models too large to read (more than 2,000 nonzeros)."""


Effect = Literal["helps", "hurts", "unclear"]


class Sensitivity(Record):
    """What became of the optimum when one datum was moved."""

    path: str
    """Where in `data`: `budget`, `cost[2]`, `price['a']`, `demand.units` for a table's column."""
    value: float | None
    """The datum's value; None for a column or list that was scaled as a whole."""
    down: float | None
    up: float | None
    """Objective with the datum lowered / raised; None when infeasible, unbounded or failed."""
    down_status: str
    up_status: str
    """A `SolveStatus`, or `not solved` where the model was built but there was no time to solve it."""
    step: float
    """How far it was moved: relative to its value, or absolute when the value is 0."""
    used: bool
    """False when no change of it changed the model at all: the program never reads it."""
    against: Effect | None = None
    """What the formulation expected of more of it, where the optimum moved the other way."""


class Perturbation(Record):
    """The cross-check of a model against its own data; needs no known answer."""

    sensitivities: tuple[Sensitivity, ...] = ()
    unused: tuple[str, ...] = ()
    contradictions: tuple[str, ...] = ()
    skipped: int = 0
    """Data not tried, for the cap or for time."""
    solve: float = 0.0
    """Seconds that the solvers took."""


class Probed(Record):
    """A verdict, and the cross-check of the same model in the same run."""

    verdict: Verdict
    perturbation: Perturbation | None = None
    """None where there is no sound optimum to start from."""
