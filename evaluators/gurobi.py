"""Stands in for gurobipy inside the sandbox, so that a program written for it builds a Pyomo model.

Only modelling is here, after the public documentation of gurobipy's interface: variables, linear, quadratic and general
expressions, the simple general constraints. A program runs up to its first `optimize()`; what it would do with the
solution is not run, so of a program that solves several models one after the other only the first is seen. What is not
here is named in the failure: callbacks, lazy constraints, matrix variables, columns, several objectives.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from inspect import Parameter, signature
from itertools import product
from types import ModuleType
from typing import Any

import pyomo.environ as pyo
from pyomo.common.modeling import unique_component_name
from pyomo.core.expr.numeric_expr import SumExpression
from pyomo.core.expr.relational_expr import EqualityExpression, RelationalExpression

from .contract import ProgramFailure, broken
from .verdict import Failure

_ENDLESS = 1e20
_DOMAINS = {"C": pyo.Reals, "B": pyo.Binary, "I": pyo.Integers}


class _Optimized(BaseException):
    """The program asks for its model to be solved; no `except Exception` of its own stops it."""

    def __init__(self, model: Model) -> None:
        self.model = model


class _Unsupported(BaseException):
    """The program needs something that is not here."""


def capture(source: str) -> pyo.ConcreteModel:
    """The model of the first `optimize()` that a program comes to.

    Raises `ProgramFailure` where it comes to none, needs what is not here, or is no Python.
    """
    before, sys.modules["gurobipy"] = sys.modules.get("gurobipy"), _module()
    RelationalExpression.__rshift__ = _implies  # pyright: ignore[reportAttributeAccessIssue]
    # Pyomo's own returns the sum, gurobipy's changes the expression: the term would be lost without a word.
    SumExpression.add = _unsupported("LinExpr.add")
    try:
        return _first(_compiled(source)).finished()
    except _Unsupported as error:
        raise broken(f"this part of gurobipy has no counterpart here: {error}") from None
    finally:
        if before is not None:
            sys.modules["gurobipy"] = before


def _first(code: Any) -> Model:
    """The model that the program would have solved first."""
    space: dict[str, Any] = {"__name__": "__main__"}
    try:
        exec(code, space)
        for function in _callable_alone(space):
            function()
    except _Optimized as found:
        return found.model
    raise broken("the program never calls optimize()")


def _compiled(source: str) -> Any:
    try:
        return compile(source, "program", "exec")
    except SyntaxError as error:
        failure = Failure(kind="syntax", message=f"{type(error).__name__}: {error.msg}", line=error.lineno)
        raise ProgramFailure(failure) from None


def _callable_alone(space: Mapping[str, Any]) -> list[Callable[[], Any]]:
    """Its functions that can be called without arguments: some programs only define theirs."""
    functions = [each for each in space.values() if getattr(each, "__module__", "") == "__main__" and callable(each)]
    return [f for f in functions if all(p.default is not Parameter.empty for p in signature(f).parameters.values())]


class _Indicator:
    """`(binary == value) >> (relation)`."""

    def __init__(self, condition: Any, relation: Any) -> None:
        self.condition, self.relation = condition, relation


def _implies(condition: Any, relation: Any) -> _Indicator:
    return _Indicator(condition, relation)


class GurobiError(Exception):
    """Never raised here; programs catch it."""


class _Name(str):
    """What is reached through it is its own name too: `GRB.Param.TimeLimit`."""

    def __getattr__(self, name: str) -> _Name:
        return _Name(name)


class _Constants:
    """`GRB`: a name that has no value below is its own, as statuses and attributes are."""

    CONTINUOUS, BINARY, INTEGER = "C", "B", "I"
    MINIMIZE, MAXIMIZE = 1, -1
    LESS_EQUAL, GREATER_EQUAL, EQUAL = "<", ">", "="
    INFINITY = 1e100
    OPTIMAL, INFEASIBLE, INF_OR_UNBD, UNBOUNDED, TIME_LIMIT, SUBOPTIMAL = 2, 3, 4, 5, 9, 13

    def __getattr__(self, name: str) -> _Name:
        return _Name(name)


class _Anything:
    """Parameters: whatever is set is kept, and nothing comes of it."""

    def __enter__(self) -> _Anything:
        return self

    def __exit__(self, *exc: object) -> None: ...

    def setParam(self, *given: Any) -> None: ...

    start = dispose = setParam


class tuplelist(list[Any]):
    """A list of tuples that can be filtered by a pattern."""

    def select(self, *pattern: Any) -> tuplelist:
        return tuplelist(key for key in self if _matches(key, pattern))


class tupledict(dict[Any, Any]):
    """A dict by tuples, whose values can be filtered and added up by a pattern."""

    def select(self, *pattern: Any) -> list[Any]:
        return [value for key, value in self.items() if _matches(key, pattern)]

    def sum(self, *pattern: Any) -> Any:
        return quicksum(self.select(*pattern))

    def prod(self, coefficients: Mapping[Any, float], *pattern: Any) -> Any:
        return quicksum(
            coefficients[key] * value for key, value in self.items() if key in coefficients and _matches(key, pattern)
        )


def _matches(key: Any, pattern: Sequence[Any]) -> bool:
    parts = key if isinstance(key, tuple) else (key,)
    wanted = [*pattern, *["*"] * (len(parts) - len(pattern))]
    return all(
        want == "*" or (part in want if isinstance(want, list | set | tuple) else part == want)
        for part, want in zip(parts, wanted, strict=False)
    )


def multidict(given: Mapping[Any, Any]) -> tuple[Any, ...]:
    """The keys, and a dict for each of the values that they have."""
    rows = {key: value if isinstance(value, list | tuple) else [value] for key, value in given.items()}
    width = len(next(iter(rows.values()), []))
    return (tuplelist(rows), *(tupledict({key: row[at] for key, row in rows.items()}) for at in range(width)))


def quicksum(terms: Iterable[Any]) -> Any:
    return sum(terms)


class Model(_Anything):
    """The model, as it is built."""

    def __init__(self, name: str = "", env: Any = None) -> None:
        self.pyomo = pyo.ConcreteModel()
        self.Params = self.params = _Anything()
        self.ModelSense = _Constants.MINIMIZE
        self._objective: Any = 0.0
        self._variables: list[Any] = []
        self._rows: list[Any] = []

    def __getattr__(self, name: str) -> Any:
        raise _Unsupported(f"Model.{name}")

    def __setattr__(self, name: str, value: Any) -> None:
        """Names of attributes have no case."""
        if name.lower() == "objcon":
            raise _Unsupported("Model.ObjCon")
        super().__setattr__("ModelSense" if name.lower() == "modelsense" else name, value)

    def addVar(
        self,
        lb: float = 0.0,
        ub: float = math.inf,
        obj: float = 0.0,
        vtype: str = "C",
        name: str = "",
        column: Any = None,
    ) -> Any:
        if column is not None:
            raise _Unsupported("columns")
        variable: Any = pyo.Var(domain=_domain(vtype), bounds=(_bound(lb), _bound(ub)))
        self.pyomo.add_component(unique_component_name(self.pyomo, name or "x"), variable)
        self._variables.append(variable)
        self._objective += obj * variable if obj else 0.0
        return variable

    def addVars(
        self, *indices: Any, lb: Any = 0.0, ub: Any = math.inf, obj: Any = 0.0, vtype: Any = "C", name: Any = ""
    ) -> tupledict:
        keys = _keys(indices)
        return tupledict(
            {
                key: self.addVar(
                    *(_of(each, key, at) for each in (lb, ub, obj, vtype)),
                    name=_of(name, key, at) if isinstance(name, list | dict) else f"{name or 'x'}[{_named(key)}]",
                )
                for at, key in enumerate(keys)
            }
        )

    def addConstr(self, relation: Any, sense: Any = None, rhs: Any = None, name: str = "") -> Any:
        if rhs is not None:
            relation = {"<": relation <= rhs, ">": relation >= rhs}.get(str(sense)[:1], relation == rhs)
        elif isinstance(sense, str):
            name = sense
        if isinstance(relation, _Indicator):
            return self.addGenConstrIndicator(*_sides(relation.condition), relation.relation, name=name)
        if isinstance(relation, bool):
            # Pyomo refuses rows without variables.
            relation = self.addVar(ub=0.0, name="zero") >= (0.0 if relation else 1.0)
        elif not isinstance(relation, RelationalExpression):
            raise _Unsupported(f"a constraint that is a {type(relation).__name__}")
        row = pyo.Constraint(rule=lambda block: relation)
        self.pyomo.add_component(unique_component_name(self.pyomo, name or "row"), row)
        self._rows.append(row)
        return row

    addLConstr = addQConstr = addConstr

    def addRange(self, expression: Any, lower: float, upper: float, name: str = "") -> Any:
        return self.addConstr(pyo.inequality(lower, expression, upper), name=name)

    def addConstrs(self, relations: Iterable[Any], name: str = "") -> tupledict:
        """By position: the generator's own indices cannot be seen from here."""
        return tupledict({at: self.addConstr(each, name=f"{name or 'row'}[{at}]") for at, each in enumerate(relations)})

    def addGenConstrAbs(self, result: Any, argument: Any, name: str = "") -> Any:
        return self.addConstr(result == abs(argument), name=name)

    def addGenConstrPow(self, x: Any, y: Any, a: float, name: str = "", options: str = "") -> Any:
        return self.addConstr(y == x**a, name=name)

    def addGenConstrExp(self, x: Any, y: Any, name: str = "", options: str = "") -> Any:
        return self.addConstr(y == pyo.exp(x), name=name)

    def addGenConstrLog(self, x: Any, y: Any, name: str = "", options: str = "") -> Any:
        return self.addConstr(y == pyo.log(x), name=name)

    def addGenConstrIndicator(self, binary: Any, value: Any, relation: Any, name: str = "") -> Any:
        """By a slack of any size and sign that is zero where the binary has the value: it needs no bounds."""
        left, right = relation.args
        slack = self.addVar(lb=-math.inf, name="slack")
        idle = self.addVar(ub=1.0, name="idle")
        self.addConstr(idle == (binary if value else 1 - binary))
        either = pyo.SOSConstraint(rule=lambda block: ([slack, idle], [1, 2]), sos=1)
        self.pyomo.add_component(unique_component_name(self.pyomo, "either"), either)
        rest = left - right - slack
        return self.addConstr(rest == 0 if isinstance(relation, EqualityExpression) else rest <= 0, name=name)

    def addGenConstrAnd(self, result: Any, members: Any, name: str = "") -> None:
        every = _list(members)
        self.addConstr(result >= quicksum(every) - (len(every) - 1), name=name)
        for member in every:
            self.addConstr(result <= member, name=name)

    def addGenConstrOr(self, result: Any, members: Any, name: str = "") -> None:
        every = _list(members)
        self.addConstr(result <= quicksum(every), name=name)
        for member in every:
            self.addConstr(result >= member, name=name)

    def setObjective(self, expression: Any, sense: int | None = None) -> None:
        self._objective = expression
        self.ModelSense = sense or self.ModelSense

    def getVars(self) -> list[Any]:
        return list(self._variables)

    def getConstrs(self) -> list[Any]:
        return list(self._rows)

    def update(self) -> None: ...

    write = _Anything.setParam

    def setAttr(self, name: str, value: Any) -> None:
        setattr(self, name, value)

    def optimize(self, callback: Any = None) -> None:
        if callback is not None:
            raise _Unsupported("callbacks")
        raise _Optimized(self)

    def finished(self) -> pyo.ConcreteModel:
        """With its objective, and with the attributes that variables were given after they were added."""
        for variable in self._variables:
            self._with_attributes(variable, {key.lower(): value for key, value in vars(variable).items()})
        sense = pyo.maximize if self.ModelSense == _Constants.MAXIMIZE else pyo.minimize
        goal = pyo.Objective(expr=self._objective, sense=sense)
        self.pyomo.add_component(unique_component_name(self.pyomo, "objective"), goal)
        return self.pyomo

    def _with_attributes(self, variable: Any, given: Mapping[str, Any]) -> None:
        """Bounds in lower case are Pyomo's own attributes too and are set already."""
        if "vtype" in given:
            variable.domain = _domain(given["vtype"])
        if "lb" in given:
            variable.setlb(_bound(given["lb"]))
        if "ub" in given:
            variable.setub(_bound(given["ub"]))
        if "obj" in given:
            raise _Unsupported("Var.Obj set after the variable was added")


def _sides(condition: Any) -> tuple[Any, Any]:
    """The binary and its value, whichever stands first."""
    left, right = condition.args
    return (left, right) if hasattr(left, "is_variable_type") and left.is_variable_type() else (right, left)


def _domain(vtype: str) -> Any:
    if vtype not in _DOMAINS:
        raise _Unsupported(f"variables of the type {vtype!r}")
    return _DOMAINS[vtype]


def _bound(value: float) -> float | None:
    return None if abs(value) >= _ENDLESS else value


def _list(given: Any) -> list[Any]:
    return list(given.values()) if isinstance(given, Mapping) else list(given)


def _keys(indices: Sequence[Any]) -> list[Any]:
    """One index: its members; several: their product. Whole numbers count from 0."""
    sides = [range(each) if isinstance(each, int) else list(each) for each in indices]
    return list(sides[0]) if len(sides) == 1 else [_flat(key) for key in product(*sides)]


def _flat(key: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(part for each in key for part in (each if isinstance(each, tuple) else (each,)))


def _of(given: Any, key: Any, at: int) -> Any:
    """A key's own value, where there is one for each."""
    if isinstance(given, Mapping):
        return given[key]
    return given[at] if isinstance(given, list | tuple) else given


def _named(key: Any) -> str:
    return ",".join(map(str, key)) if isinstance(key, tuple) else str(key)


def _linear(terms: Any = 0.0, variables: Any = None) -> Any:
    """`LinExpr()`, `LinExpr(expression)`, `LinExpr(coefficients, variables)`, `LinExpr([(coefficient, variable)])`."""
    if variables is not None:
        pairs = zip(terms, variables, strict=True) if isinstance(terms, Iterable) else [(terms, variables)]
    elif isinstance(terms, list | tuple):
        pairs = terms
    else:
        return terms
    return quicksum(coefficient * variable for coefficient, variable in pairs)


def _unsupported(name: str) -> Callable[..., Any]:
    """Programs may import what they never call."""
    if name.startswith("__"):
        raise AttributeError(name)

    def called(*given: Any, **more: Any) -> Any:
        raise _Unsupported(name)

    return called


def _module() -> ModuleType:
    module = ModuleType("gurobipy")
    names = {"GRB": _Constants(), "Env": lambda *given, **more: _Anything(), "LinExpr": _linear, "QuadExpr": _linear}
    names |= {each.__name__: each for each in (Model, GurobiError, tupledict, tuplelist, multidict, quicksum)}
    names |= {"abs_": abs, "setParam": _Anything().setParam, "__getattr__": _unsupported}
    module.__dict__.update(names)
    return module
