"""JSON schemas from pydantic models: the `response_format` field, and a hash that survives rewording."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from pydantic import BaseModel

Node = dict[str, Any]
"""One node of a JSON schema."""

_WORDING = frozenset({"title", "description", "default", "examples"})
# What OpenAI's strict mode understands. A schema with anything else is sent as a hint, not as a grammar.
_STRICT = _WORDING - {"examples"} | {"type", "properties", "required", "additionalProperties", "items", "enum", "const"}
_STRICT |= {"anyOf", "$ref", "$defs", "pattern", "format", "minimum", "maximum", "multipleOf", "minItems", "maxItems"}
_STRICT |= {"exclusiveMinimum", "exclusiveMaximum"}


class _NotStrict(Exception):
    """The schema says something that strict mode cannot."""


@lru_cache(maxsize=256)
def json_schema(schema: type[BaseModel]) -> Node:
    """The model's JSON schema, as plain data. Not to be changed by the caller."""
    return schema.model_json_schema()


@lru_cache(maxsize=256)
def structure_hash(schema: type[BaseModel]) -> str:
    """Hash of the schema's structure. Titles, descriptions and defaults may change without changing it."""
    bare = json.dumps(_without_wording(json_schema(schema)), sort_keys=True)
    return hashlib.sha256(bare.encode()).hexdigest()[:16]


@lru_cache(maxsize=256)
def response_format(schema: type[BaseModel]) -> Node:
    """The request's `response_format`: strict where the schema qualifies for OpenAI's strict mode."""
    tight = strict_schema(json_schema(schema))
    name = re.sub(r"\W", "_", schema.__name__, flags=re.ASCII)[:64]
    inner = {"name": name, "strict": tight is not None, "schema": tight or json_schema(schema)}
    return {"type": "json_schema", "json_schema": inner}


def strict_schema(schema: Node) -> Node | None:
    """The schema as strict mode wants it (every property required, nothing beyond), or None where it cannot be."""
    try:
        return _strict(schema) if schema.get("type") == "object" else None
    except _NotStrict:
        return None


def _strict(node: Any) -> Node:
    if not isinstance(node, dict) or node.keys() <= _WORDING or not node.keys() <= _STRICT:
        raise _NotStrict
    if "$ref" in node:
        return {"$ref": node["$ref"]}  # strict mode takes no keyword beside a reference
    tight = {key: value for key, value in node.items() if key not in ("title", "default")}
    if node.get("type") == "object":
        tight |= _strict_object(node)
    if node.get("type") == "array":
        tight["items"] = _strict(node.get("items"))
    if "anyOf" in node:
        tight["anyOf"] = [_strict(option) for option in node["anyOf"]]
    if "$defs" in node:
        tight["$defs"] = {name: _strict(inner) for name, inner in node["$defs"].items()}
    return tight


def _strict_object(node: Node) -> Node:
    if "properties" not in node or node.get("additionalProperties", False) is not False:
        raise _NotStrict
    properties = {name: _strict(inner) for name, inner in node["properties"].items()}
    return {"properties": properties, "required": list(properties), "additionalProperties": False}


def _without_wording(node: Any) -> Any:
    if isinstance(node, list):
        return [_without_wording(item) for item in node]
    if not isinstance(node, Mapping):
        return node
    return {key: _inside(key, value) for key, value in node.items() if key not in _WORDING}


def _inside(key: str, value: Any) -> Any:
    """A keyword's value; the keys below `properties` and `$defs` are names, so `title` is kept there."""
    if key in ("properties", "$defs"):
        return {name: _without_wording(inner) for name, inner in value.items()}
    return _without_wording(value)
