"""6 clerks x 38 h + 3 students x 20 h = 288 h, less than 320 h: `cover`, `clerk_limit` and `beds` cannot hold together.

Without any one of the three the rest can be met: by nobody, by 7 clerks and 3 students, by 6 clerks and 5 students.
"""

import pyomo.environ as pyo


def build_model(data):
    m = pyo.ConcreteModel()
    m.clerks = pyo.Var(domain=pyo.NonNegativeIntegers)
    m.students = pyo.Var(domain=pyo.NonNegativeIntegers)
    clerk_hours, student_hours = 38 * m.clerks, 20 * m.students
    m.cover = pyo.Constraint(expr=clerk_hours + student_hours >= 320)
    m.clerk_limit = pyo.Constraint(expr=m.clerks <= 6)
    m.beds = pyo.Constraint(expr=m.students <= 3)
    m.half = pyo.Constraint(expr=clerk_hours >= 0.5 * (clerk_hours + student_hours))
    m.teaching = pyo.Constraint(expr=m.clerks >= m.students)
    m.budget = pyo.Constraint(expr=29 * clerk_hours + 18 * student_hours <= 12_000)
    m.cost = pyo.Objective(expr=29 * clerk_hours + 18 * student_hours)
    return m


def report(model):
    return {"clerks": pyo.value(model.clerks), "students": pyo.value(model.students)}
