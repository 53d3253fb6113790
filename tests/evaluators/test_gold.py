"""Gold models of our own writing, run in the real sandbox: the stand-in for gurobipy, and NL4OPT's declarations."""

from textwrap import dedent

import pytest
from optwright.datasets.items import Gold
from optwright.evaluators import gold
from optwright.evaluators.program import judge
from optwright.evaluators.verdict import SolveOptions
from pytest import approx

OPTIONS = SolveOptions(time_limit=20)


@pytest.fixture
def gurobipy(pool):
    """`await gurobipy(text)`: the verdict on a program for gurobipy; `relax` for its relaxation."""

    async def run(text, relax=False):
        program = gold.program(Gold(kind="gurobipy", source=dedent(text)))
        return await judge(pool, gold.relaxed(program) if relax else program, {}, OPTIONS)

    return run


@pytest.fixture
def built(gurobipy):
    """`await built(lines)`: the same, of the lines between making the model `m` and optimizing it."""

    async def run(lines, relax=False):
        head = "import gurobipy as gp\nfrom gurobipy import GRB\nm = gp.Model('m')\n"
        return await gurobipy(f"{head}{dedent(lines)}\nm.optimize()\n", relax)

    return run


OPTIMA = {
    "knapsack over a list": (
        """
        worth, size = {"tent": 9, "stove": 5, "rope": 6}, {"tent": 5, "stove": 2, "rope": 4}
        take = m.addVars(list(worth), vtype=GRB.BINARY, name="take")
        m.addConstr(gp.quicksum(size[i] * take[i] for i in worth) <= 7, "room")
        m.setObjective(take.prod(worth), GRB.MAXIMIZE)
        """,
        14,
    ),
    "addVars over a dict, values by key and by position": (
        """
        cost = {"a": 3, "b": 2}
        x = m.addVars(cost, lb={"a": 1, "b": 4}, ub=[5, 9], obj=cost, name=["first", "second"])
        """,
        11,
    ),
    "addVars over tuples, selected by a pattern": (
        """
        arcs = gp.tuplelist([("s", "t"), ("s", "u"), ("u", "t")])
        flow = m.addVars(arcs, ub=4, name="flow")
        m.addConstr(flow.sum("u", "*") == flow.sum("*", "u"))
        m.addConstr(gp.quicksum(flow[a] for a in arcs.select("s", "*")) <= 7)
        assert len(flow.select("*", ["t"])) == 2
        m.setObjective(flow.sum("*", "t"), GRB.MAXIMIZE)
        """,
        7,
    ),
    "addVars over several indices": (
        """
        pay = [[4, 2], [3, 9]]
        x = m.addVars(2, range(2), vtype="B")
        m.addConstrs(x.sum(i, "*") == 1 for i in range(2))
        m.addConstrs((x.sum("*", j) == 1 for j in range(2)), name="once")
        m.setObjective(gp.quicksum(pay[i][j] * x[i, j] for i in range(2) for j in range(2)))
        """,
        5,
    ),
    "a tuple index beside a plain one": (
        """
        x = m.addVars([(1, 2), (2, 3)], ["day"], lb=1)
        m.setObjective(x[1, 2, "day"] + 2 * x[2, 3, "day"])
        """,
        3,
    ),
    "multidict": (
        """
        plant, cost, most = gp.multidict({"north": [3, 10], "south": [2, 6]})
        x = m.addVars(plant, ub=most, obj=cost)
        m.addConstr(x.sum() >= 9)
        """,
        21,
    ),
    "free and negative bounds": (
        """
        x = m.addVar(lb=-GRB.INFINITY, ub=GRB.INFINITY)
        y = m.addVar(lb=-3, ub=8)
        m.addConstr(x >= 2 * y)
        m.setObjective(x + y, GRB.MINIMIZE)
        """,
        -9,
    ),
    "costs given with the variables, ModelSense": (
        """
        x = m.addVar(ub=2, obj=5)
        y = m.addVar(0, 3, 1, GRB.INTEGER, "y")
        m.ModelSense = GRB.MAXIMIZE
        """,
        13,
    ),
    "ModelSense by setAttr, in another case": (
        """
        x = m.addVar(ub=2, obj=5)
        m.setAttr("modelSense", -1)
        """,
        10,
    ),
    "a row as left side, sense and right side": (
        """
        x, y, z = (m.addVar(obj=1) for _ in range(3))
        m.addConstr(x, GRB.GREATER_EQUAL, 4, "low")
        m.addConstr(2 * y, GRB.EQUAL, 6)
        m.addLConstr(-z, GRB.LESS_EQUAL, -1)
        """,
        8,
    ),
    "a range": (
        """
        x = m.addVar(lb=-10)
        m.addRange(2 * x, -6, 4, "range")
        m.setObjective(x)
        """,
        -3,
    ),
    "a variable made whole, bounded, after it was added": (
        """
        x, y = m.addVar(ub=2.5), m.addVar()
        x.VType = GRB.INTEGER
        y.UB = 4
        y.lb = 1
        m.setObjective(x + y, GRB.MAXIMIZE)
        """,
        6,
    ),
    "LinExpr in all its forms": (
        """
        x, y = m.addVar(lb=1), m.addVar(lb=2)
        total = gp.LinExpr()
        total += 3 * x
        total += gp.LinExpr([1, 2], [x, y]) + gp.LinExpr([(5, x)]) + gp.LinExpr(4, y) + gp.LinExpr(7)
        m.setObjective(total)
        """,
        28,
    ),
    "convex quadratic objective": (
        """
        x, y = m.addVar(), m.addVar()
        m.addConstr(x + y == 4)
        m.setObjective(x * x + 3 * y**2)
        """,
        12,
    ),
    "product in a row": (
        """
        x, y = m.addVar(ub=5), m.addVar(ub=5)
        m.Params.NonConvex = 2
        m.addConstr(x * y >= 8)
        m.addConstr(y <= 2)
        m.setObjective(x + y)
        """,
        6,
    ),
    "absolute values, both ways": (
        """
        x, far, near = m.addVar(lb=-5, ub=5), m.addVar(), m.addVar()
        m.addConstr(x == -3)
        m.addGenConstrAbs(far, x)
        m.addConstr(near == gp.abs_(x + 1))
        m.setObjective(far + near)
        """,
        5,
    ),
    "power": (
        """
        x, y = m.addVar(ub=10), m.addVar(ub=100)
        m.addGenConstrPow(x, y, 3)
        m.addConstr(y >= 8)
        m.setObjective(x)
        """,
        2,
    ),
    "exponential and logarithm": (
        """
        x, y, z = m.addVar(ub=4), m.addVar(lb=1, ub=60), m.addVar(ub=9)
        m.addGenConstrExp(x, y)
        m.addGenConstrLog(y, z)
        m.addConstr(x >= 1.5)
        m.setObjective(z)
        """,
        1.5,
    ),
    "and, or": (
        """
        x = m.addVars(3, vtype=GRB.BINARY)
        every, some = m.addVar(vtype=GRB.BINARY), m.addVar(vtype=GRB.BINARY)
        m.addGenConstrAnd(every, x)
        m.addGenConstrOr(some, [x[0], x[1]])
        m.addConstr(x[0] + x[1] + x[2] <= 2)
        m.setObjective(10 * every + 4 * some - x.sum(), GRB.MAXIMIZE)
        """,
        3,
    ),
    "an indicator over what has no bounds": (
        """
        open = m.addVar(vtype=GRB.BINARY)
        made, sold = m.addVar(), m.addVar(lb=-GRB.INFINITY)
        m.addConstr((open == 0) >> (made == 0), "closed")
        m.addGenConstrIndicator(open, True, sold >= 25)
        m.addConstr(made >= 3)
        m.addConstr(sold >= -2)
        m.setObjective(made + sold)
        """,
        28,
    ),
    "an indicator that is off": (
        """
        open = m.addVar(vtype=GRB.BINARY)
        made = m.addVar(ub=9)
        m.addConstr((1 == open) >> (made <= 2))
        m.setObjective(made + 5 * open, GRB.MAXIMIZE)
        """,
        9,
    ),
    "rows without variables that hold": (
        """
        x = m.addVar(lb=2)
        m.addConstr(gp.quicksum([]) <= 5)
        m.setObjective(x)
        """,
        2,
    ),
    "settings and notes": (
        """
        m.setParam("OutputFlag", 0)
        m.setParam(GRB.Param.TimeLimit, 9)
        m.Params.MIPGap = 0.01
        gp.setParam("LogToConsole", 0)
        x = m.addVar(lb=1, name="a b")
        y = m.addVar(lb=2, name="a b")
        m.update()
        m.write("model.lp")
        assert len(m.getVars()) == 2 and m.getConstrs() == []
        m.setObjective(x + y)
        """,
        3,
    ),
}


@pytest.mark.parametrize("name", OPTIMA)
@pytest.mark.asyncio(loop_scope="session")
async def test_gurobipy_programs_reach_their_optimum(built, name):
    lines, optimum = OPTIMA[name]
    verdict = await built(lines)
    assert verdict.failure is None, verdict.failure
    assert (verdict.status, verdict.objective) == ("optimal", approx(optimum, rel=1e-5))


@pytest.mark.asyncio(loop_scope="session")
async def test_row_without_variables_that_is_false_makes_the_model_infeasible(built):
    verdict = await built("x = m.addVar()\ntry:\n    m.addConstr(gp.quicksum([]) >= 5)\nexcept Exception: pass")
    assert verdict.status == "infeasible"


SHAPES = {
    "with, and an environment": """
        import gurobipy as gp
        with gp.Env(empty=True) as env:
            env.setParam("OutputFlag", 0)
            env.start()
            with gp.Model("m", env=env) as m:
                x = m.addVar(lb=3)
                m.setObjective(x)
                m.optimize()
        """,
    "what follows the solution is not run": """
        from gurobipy import *
        m = Model()
        x = m.addVar(lb=3, vtype=GRB.INTEGER)
        m.setObjective(x, GRB.MINIMIZE)
        try:
            m.optimize()
        except Exception:
            m = Model()
            m.optimize()
        raise SystemExit(x.X)
        """,
    "a function that nobody calls": """
        from gurobipy import GRB, Model, max_
        def solve(least=3):
            m = Model()
            x = m.addVar(lb=least)
            m.setObjective(x, GRB.MINIMIZE)
            m.optimize()
            return m.ObjVal
        """,
    "the main guard": """
        import gurobipy as gp
        def solve(least):
            m = gp.Model()
            m.setObjective(m.addVar(lb=least))
            m.optimize()
        if __name__ == "__main__":
            solve(3)
        """,
    "only the first of several models is seen": """
        import gurobipy as gp
        for least in (3, 4):
            m = gp.Model()
            m.setObjective(m.addVar(lb=least))
            m.optimize()
        """,
}


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.asyncio(loop_scope="session")
async def test_programs_are_run_up_to_their_first_optimize(gurobipy, name):
    verdict = await gurobipy(SHAPES[name])
    assert (verdict.status, verdict.objective, verdict.failure) == ("optimal", approx(3), None)


UNSUPPORTED = {
    "callbacks": "m.optimize(lambda model, where: None)",
    "max_": "x = m.addVar(); m.addConstr(x == gp.max_(x, 3))",
    "MVar": "gp.MVar()",
    "columns": "m.addVar(column=1)",
    "Column": "gp.Column()",
    "Model.addMVar": "m.addMVar(3)",
    "Model.addSOS": "m.addSOS(GRB.SOS_TYPE1, [])",
    "Model.setObjectiveN": "m.setObjectiveN(0, 1)",
    "Model.addGenConstrMax": "m.addGenConstrMax(m.addVar(), [])",
    "Model.ObjCon": "m.ObjCon = 4",
    "Var.Obj": "m.addVar().Obj = 3",
    "variables of the type 'S'": "m.addVar(vtype='S')",
    "variables of the type 'N'": "m.addVar().VType = 'N'",
    "a constraint that is a int": "m.addConstr(3)",
    "LinExpr.add": "(m.addVar() + 1).add(m.addVar())",
}


@pytest.mark.parametrize("named", UNSUPPORTED)
@pytest.mark.asyncio(loop_scope="session")
async def test_what_is_not_supported_is_named_whatever_the_program_catches(built, named):
    verdict = await built(f"try:\n    {UNSUPPORTED[named]}\nexcept Exception:\n    pass")
    assert verdict.status == "failed" and verdict.failure.kind == "contract"
    assert "no counterpart here: " in verdict.failure.message and named in verdict.failure.message


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("x = 1", "contract", "never calls optimize()"),
        ("def solve(n):\n    pass", "contract", "never calls optimize()"),
        ("import gurobipy\n\nm = (", "syntax", "SyntaxError"),
        ("raise KeyError('cost')", "exception", "KeyError"),
    ],
)
@pytest.mark.asyncio(loop_scope="session")
async def test_programs_without_a_model_say_why(gurobipy, text, kind, message):
    verdict = await gurobipy(text)
    assert verdict.status == "failed" and verdict.failure.kind == kind
    assert message in verdict.failure.message
    assert kind != "syntax" or verdict.failure.line == 3


@pytest.mark.asyncio(loop_scope="session")
async def test_relaxations_are_without_all_that_is_discrete(built):
    lines = """
        x = m.addVar(vtype=GRB.INTEGER)
        open = m.addVar(vtype=GRB.BINARY)
        m.addConstr((open == 0) >> (x <= 1))
        m.addConstr(2 * x <= 7)
        m.setObjective(4 * x - 3 * open, GRB.MAXIMIZE)
        """
    whole, relaxed = await built(lines), await built(lines, relax=True)
    assert (whole.objective, relaxed.objective) == (approx(9), approx(14))


@pytest.mark.asyncio(loop_scope="session")
async def test_disjunctions_are_relaxed_in_their_big_m_form(pool, program):
    # either x ≤ 1 or x ≤ 4 and a fee of 3 (y ≥ 3): big-M of the first is 9, of the second 6 and 3
    body = """
        from pyomo.gdp import Disjunction
        m.x, m.y = pyo.Var(bounds=(0, 10)), pyo.Var(bounds=(0, 10))
        m.either = Disjunction(expr=[[m.x <= 1], [m.x <= 4, m.y >= 3]])
        m.goal = pyo.Objective(expr=m.x - m.y, sense=pyo.maximize)
        """
    whole = await judge(pool, program(body), {}, OPTIONS)
    relaxed = await judge(pool, gold.relaxed(program(body)), {}, OPTIONS)
    # x ≤ 1 + 9t, x ≤ 4 + 6 (1 - t), y ≥ 3 - 3 (1 - t) = 3t: t = 9/15, x = 6.4, y = 1.8
    assert (whole.objective, relaxed.objective) == (approx(1), approx(4.6))
