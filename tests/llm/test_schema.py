"""Which schemas are strict, and when two schemas are the same."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from optwright.agent.llm.schema import json_schema, response_format, strict_schema, structure_hash
from pydantic import BaseModel, Field, create_model


class Inner(BaseModel):
    size: int = 3


class Tight(BaseModel):
    """All of it can be said in strict mode."""

    title: str
    kind: Literal["a", "b"] | None = None
    inner: Inner = Field(default=Inner(), description="An inner one.")
    many: list[Inner] = []


def test_strict_mode_wants_every_property_and_nothing_beyond():
    schema = strict_schema(json_schema(Tight))
    assert schema is not None
    assert schema["required"] == ["title", "kind", "inner", "many"] and schema["additionalProperties"] is False
    assert schema["$defs"]["Inner"] == {
        "type": "object",
        "properties": {"size": {"type": "integer"}},
        "required": ["size"],
        "additionalProperties": False,
    }
    assert schema["properties"]["inner"] == {"$ref": "#/$defs/Inner"}
    assert schema["properties"]["kind"]["anyOf"][1] == {"type": "null"}
    assert "title" in schema["properties"] and "default" not in str(schema)


@pytest.mark.parametrize("kind", [dict[str, int], Any, list, dict, tuple[int, str], list[dict[str, str]], Inner | dict])
def test_what_strict_mode_cannot_say_is_not_strict(kind):
    schema = create_model("Loose", field=(kind, ...))
    assert strict_schema(json_schema(schema)) is None
    assert response_format(schema)["json_schema"]["strict"] is False


def test_lengths_are_not_strict_and_bounds_are():
    assert strict_schema(json_schema(create_model("M", a=(str, Field(max_length=3))))) is None
    assert strict_schema(json_schema(create_model("M", a=(int, Field(ge=3, lt=9))))) is not None


def test_a_recursive_root_is_not_strict():
    class Node(BaseModel):
        children: list[Node]

    Node.model_rebuild(_types_namespace={"Node": Node})
    assert strict_schema(json_schema(Node)) is None


def test_names_are_ones_that_endpoints_take():
    name = response_format(create_model("Größe[Liste]" + "x" * 80, a=(int, ...)))["json_schema"]["name"]
    assert name.startswith("Gr__e_Liste_") and len(name) == 64


def test_wording_does_not_change_the_structure_but_fields_do():
    plain = structure_hash(create_model("A", a=(int, ...), title=(str, ...)))
    assert (
        structure_hash(create_model("B", __doc__="Words.", a=(int, Field(description="x")), title=(str, ...))) == plain
    )
    assert structure_hash(create_model("A", a=(int, ...))) != plain
    assert structure_hash(create_model("A", title=(str, ""))) != structure_hash(create_model("A"))
    assert structure_hash(create_model("A", a=(float, ...), title=(str, ...))) != plain
    assert structure_hash(create_model("A", a=(int, ...), description=(str, ...))) != plain
