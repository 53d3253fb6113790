"""Operators: the ways to make a candidate. Each is a row; one for a language model has a prompt file of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Operator:
    name: str
    """Also its prompt's name, behind `evolve_`."""
    by: Literal["model", "genetic", "tuner"] = "model"
    parents: int = 1
    """How many are shown; with fewer in the archive, those there are."""
    reply: Literal["program", "edits"] = "program"
    """Where the candidate is a solution and no code, the reply is always a solution."""
    reflect: str = ""
    """Prompt of a reflection that is asked for first; the candidate's prompt gets it as {{reflection}}."""
    examples: int = 0
    """Good candidates that are shown, the best last."""
    on: Literal["archive", "failure"] = "archive"
    """Where the parent comes from; of failures the latest that was not worked on yet."""


_ROWS = (
    # EoH (Liu et al., ICML 2024, arXiv:2401.02051): thought and code
    Operator("init", parents=0),
    Operator("e1", parents=3),
    Operator("e2", parents=3),
    Operator("m1"),
    Operator("m2"),
    Operator("m3"),
    # FunSearch (Romera-Paredes et al., Nature 625, 2024): versions in ascending order, the next one is asked for
    Operator("versions", parents=2),
    # ReEvo (Ye et al., NeurIPS 2024, arXiv:2402.01145)
    Operator("cross_reflected", parents=2, reflect="compare"),
    Operator("mutate_elite", parents=1, reflect="distil"),
    # AlphaEvolve, OpenEvolve: edits, or the whole program
    Operator("edit", reply="edits", examples=2),
    Operator("rewrite", examples=2),
    # OPRO (Yang et al., ICLR 2024, arXiv:2309.03409): a sorted trajectory
    Operator("trajectory", parents=1, examples=20),
    # Scattered Forest Search (Light et al., arXiv:2411.05010): directions first, then one of them
    Operator("scatter", reflect="directions"),
    # GEPA (Agrawal et al., arXiv:2507.19457): what went wrong on which instance
    Operator("per_instance", reflect="diagnose"),
    Operator("simplify"),
    Operator("repair", on="failure"),
    # Offline
    Operator("random_program", by="genetic", parents=0),
    Operator("subtree_mutation", by="genetic"),
    Operator("subtree_crossover", by="genetic", parents=2),
    Operator("operator_change", by="genetic"),
    Operator("constant_change", by="genetic"),
    Operator("insert", by="genetic"),
    Operator("hoist", by="genetic"),
    Operator("local_variable", by="genetic"),
    Operator("tune", by="tuner"),
)
OPERATORS = {row.name: row for row in _ROWS}
