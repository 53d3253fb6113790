"""What type each expression of a candidate's function has, and which expressions may be exchanged for others.

Types come from annotations, from the shapes that the docstring states, and from the tree. What cannot be typed with
certainty has no type, and is left as it is.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import reduce
from typing import Literal

Element = Literal["bool", "int", "float"]
_ORDER: tuple[Element, ...] = ("bool", "int", "float")


@dataclass(frozen=True)
class Type:
    """A number, or an array of numbers. Sizes of dimensions are names, as the docstring has them: `("k",)`."""

    element: Element
    shape: tuple[str, ...] = ()

    @property
    def scalar(self) -> Type:
        return replace(self, shape=())


BOOL, INT, FLOAT = Type("bool"), Type("int"), Type("float")
Names = Mapping[str, Type]
"""The variables that are known at some place, and their types."""

_UNSTATED = "_"
ELEMENTWISE = frozenset(
    {"abs", "absolute", "fabs", "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "cbrt"}
    | {"square", "sin", "cos", "tan", "arctan", "atan", "tanh", "erf", "sign", "negative", "floor", "ceil"}
    | {"round", "reciprocal", "minimum", "maximum", "min", "max", "fmin", "fmax", "clip", "power", "pow"}
    | {"add", "subtract", "multiply", "divide", "mod", "hypot", "arctan2", "copysign", "float"}
)
REDUCTIONS = frozenset({"sum", "mean", "max", "min", "std", "var", "median", "prod", "amax", "amin", "ptp"})
LOOKUPS = frozenset({"argmax", "argmin", "len", "int", "count_nonzero", "floor", "ceil", "any", "all"})
SAME_SHAPE = frozenset(
    {"cumsum", "cumprod", "sort", "argsort", "roll", "diff", "flip", "gradient", "zeros_like", "ones_like"}
    | {"full_like", "empty_like", "copy", "array", "asarray", "astype", "nan_to_num"}
)
SIZED = frozenset({"zeros", "ones", "arange", "empty"})
LOGICAL = frozenset(
    {"logical_and", "logical_or", "logical_not", "logical_xor", "isfinite", "isnan", "isinf", "isclose"}
)
_MODULES = {"np", "numpy", "math"}
_CONSTANTS = {"pi", "e", "inf", "nan", "tau", "euler_gamma"}


def function(tree: ast.Module, name: str) -> ast.FunctionDef | None:
    """The last definition of that name, which is the one that counts."""
    found = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name]
    return found[-1] if found else None


def parameters(node: ast.FunctionDef) -> dict[str, Type]:
    """The parameters whose types are known."""
    said = ast.get_docstring(node) or ""
    args = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    found = {arg.arg: _declared(arg.annotation, _paragraph(said, arg.arg)) for arg in args}
    return {name: type for name, type in found.items() if type is not None}


def _paragraph(docstring: str, name: str) -> str:
    """What a docstring says of a parameter: from `name:`, or `one, other:`, to the next entry or empty line."""
    head = rf"^[ \t]*(?:\w+, *)*{re.escape(name)}\b[^\n:]*:"
    found = re.search(rf"{head}(.*?)(?=^[ \t]*[\w, ]+:|^\s*$|^\s*[Rr]eturns|\Z)", docstring, re.M | re.S)
    return found[1] if found else ""


def _declared(annotation: ast.expr | None, said: str) -> Type | None:
    written = ast.unparse(annotation) if annotation else ""
    plain: dict[str, Type] = {"float": FLOAT, "int": INT, "bool": BOOL}
    if written in plain:
        return plain[written]
    if not re.search(r"ndarray|NDArray", written) and (written or "array" not in said):
        return None
    if re.search(r"\b(bool|booleans?|masks?)\b", f"{written} {said}"):
        return Type("bool", _shape(said))
    integral = re.search(r"\b(int|indices|integers)\b|\bu?int\d+\b", f"{written} {said}")
    return Type("int" if integral else "float", _shape(said))


def _shape(said: str) -> tuple[str, ...]:
    """`array of shape (n, 2)` has the shape `("n", "2")`; where none is stated, all arrays are vectors of one size."""
    found = re.search(r"shape\s*\(([^()]*)\)", said)
    stated = tuple(part.strip() for part in found[1].split(",") if part.strip()) if found else ()
    return stated or (_UNSTATED,)


def broadcast(*shapes: tuple[str, ...]) -> tuple[str, ...] | None:
    longest = max(shapes, key=len)
    fits = all(not shape or longest[len(longest) - len(shape) :] == shape for shape in shapes)
    return longest if fits else None


def join(*types: Type | None) -> Type | None:
    """The type of an elementwise result; None where an operand's is unknown, or where shapes do not fit."""
    known = [type for type in types if type is not None]
    if not known or len(known) < len(types) or (shape := broadcast(*(type.shape for type in known))) is None:
        return None
    return Type(_ORDER[max(_ORDER.index(type.element) for type in known)], shape)


def infer(node: ast.expr, names: Names) -> Type | None:
    """The type of an expression, or None."""
    match node:
        case ast.Constant(value=bool()):
            return BOOL
        case ast.Constant(value=int()):
            return INT
        case ast.Constant(value=float()):
            return FLOAT
        case ast.Name():
            return names.get(node.id)
        case ast.UnaryOp():
            return _unary(node, infer(node.operand, names))
        case ast.BinOp():
            return _binary(node, infer(node.left, names), infer(node.right, names))
        case ast.Compare():
            return _comparison(node, names)
        case ast.BoolOp():
            return BOOL if all(infer(value, names) == BOOL for value in node.values) else None
        case ast.IfExp():
            return _branches(infer(node.body, names), infer(node.orelse, names))
        case ast.Call():
            return _call(node, names)
        case ast.Subscript():
            return _item(node, names)
        case ast.Attribute():
            return _attribute(node, names)
        case _:
            return None


def _unary(node: ast.UnaryOp, operand: Type | None) -> Type | None:
    if operand is None:
        return None
    if isinstance(node.op, ast.Not):
        return BOOL if not operand.shape else None
    if isinstance(node.op, ast.Invert):
        return operand if operand.element == "bool" and operand.shape else None
    return operand if operand.element != "bool" else None


def _binary(node: ast.BinOp, left: Type | None, right: Type | None) -> Type | None:
    joined = join(left, right)
    if joined is None or isinstance(node.op, ast.MatMult | ast.LShift | ast.RShift):
        return None
    if isinstance(node.op, ast.BitAnd | ast.BitOr | ast.BitXor):
        return joined if joined.element == "bool" else None
    if isinstance(node.op, ast.Div):
        return replace(joined, element="float")
    return replace(joined, element="int") if joined.element == "bool" else joined


def _comparison(node: ast.Compare, names: Names) -> Type | None:
    joined = join(*(infer(operand, names) for operand in (node.left, *node.comparators)))
    if joined is None or any(isinstance(op, ast.In | ast.NotIn | ast.Is | ast.IsNot) for op in node.ops):
        return None
    return replace(joined, element="bool") if len(node.ops) == 1 or not joined.shape else None


def _branches(one: Type | None, other: Type | None) -> Type | None:
    joined = join(one, other)
    return joined if one and other and one.shape == other.shape else None


def called(node: ast.Call) -> tuple[str, bool]:
    """The bare name of what is called, and whether it is a method of an expression: `x.max()` is `("max", True)`."""
    match node.func:
        case ast.Name(id=name):
            return name, False
        case ast.Attribute(value=ast.Name(id=module), attr=name) if module in _MODULES:
            return name, False
        case ast.Attribute(attr=name):
            return name, True
        case _:
            return "", False


def operands(node: ast.Call) -> list[ast.expr]:
    """What is called on comes first, where it is a method."""
    _, method = called(node)
    return [node.func.value, *node.args] if method and isinstance(node.func, ast.Attribute) else list(node.args)


def _call(node: ast.Call, names: Names) -> Type | None:
    name, _ = called(node)
    types = [infer(operand, names) for operand in operands(node)]
    if not types or any(isinstance(arg, ast.Starred) for arg in node.args):
        return None
    first = types[0]
    if reduces(node, first):
        return _reduced(node, first)
    if name == "where" and len(types) == 3:
        return _where(types)
    if name in LOOKUPS and len(types) == 1 and first:
        return _looked_up(name, first, node)
    if name == "diff" and not node.keywords:
        return None  # one element less
    if name in SAME_SHAPE and first and first.shape and (len(first.shape) == 1 or name.endswith("like")):
        kept: Element = "int" if name == "argsort" else first.element
        return replace(first, element="float" if name == "astype" else kept)
    if name in SIZED and len(types) == 1 and first == INT:
        return Type("int" if name == "arange" else "float", (_size(node.args[0], names),))
    if name in LOGICAL:
        joined = join(*types)
        return replace(joined, element="bool") if joined else None
    if name in ELEMENTWISE and not node.keywords:
        return _elementwise(name, join(*types), first)
    return None


def _size(node: ast.expr, names: Names) -> str:
    """The name of a dimension: of `len(bins)` the one that `bins` has, else the expression itself."""
    match node:
        case ast.Call(func=ast.Name(id="len"), args=[of]) | ast.Attribute(attr="size", value=of):
            type = infer(of, names)
            return type.shape[0] if type and type.shape else ast.unparse(node)
        case _:
            return ast.unparse(node)


def _where(types: list[Type | None]) -> Type | None:
    condition, one, other = types
    joined, value = join(condition, one, other), join(one, other)
    return Type(value.element, joined.shape) if joined and value and condition and condition.element == "bool" else None


def _elementwise(name: str, joined: Type | None, first: Type | None) -> Type | None:
    if joined is None:
        return None
    if name in ("abs", "min", "max", "minimum", "maximum", "square", "clip", "round") and joined.element == "int":
        return joined
    return replace(joined, element="float")


def reduces(node: ast.Call, first: Type | None) -> bool:
    """Whether a call is a reduction of an array over all of it or, `axis=`, one dimension."""
    name, method = called(node)
    return name in REDUCTIONS and bool(first and first.shape) and len(node.args) == (0 if method else 1)


def _reduced(node: ast.Call, first: Type | None) -> Type | None:
    assert first is not None
    name, _ = called(node)
    element: Element = "float" if name in ("mean", "std", "var", "median") or first.element == "float" else "int"
    match node.keywords:
        case []:
            return Type(element)
        case [ast.keyword(arg="axis", value=ast.Constant(value=int(axis)))] if 0 <= axis < len(first.shape):
            return Type(element, first.shape[:axis] + first.shape[axis + 1 :])
        case _:
            return None


def _looked_up(name: str, first: Type, node: ast.Call) -> Type | None:
    if node.keywords:
        return None
    if name in ("any", "all"):
        return BOOL
    if name in ("floor", "ceil"):
        return replace(first, element="float") if first.shape else INT
    return None if name == "int" and first.shape else INT


def _item(node: ast.Subscript, names: Names) -> Type | None:
    base = infer(node.value, names)
    if base is None:
        return None
    indices = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    if len(indices) > len(base.shape):
        return None
    kept: list[tuple[str, ...]] = []
    arrays = 0
    for size, index in zip(base.shape, indices, strict=False):
        type = infer(index, names)
        if isinstance(index, ast.Slice) and index.lower is index.upper is index.step is None:
            kept.append((size,))
        elif type is not None and type.element == "int" and len(type.shape) <= 1:
            arrays += len(type.shape)
            kept.append(type.shape)
        else:
            return None
    shape = (*reduce(lambda one, other: one + other, kept, ()), *base.shape[len(indices) :])
    return replace(base, shape=shape) if arrays <= 1 else None


def _attribute(node: ast.Attribute, names: Names) -> Type | None:
    if isinstance(node.value, ast.Name) and node.value.id in _MODULES:
        return FLOAT if node.attr in _CONSTANTS else None
    base = infer(node.value, names)
    if node.attr == "size" and base and base.shape:
        return INT
    return replace(base, shape=base.shape[::-1]) if node.attr == "T" and base else None
