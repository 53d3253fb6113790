"""The OpenAPI document of `serve-api`: what it reads of OpenAI's API, and what it answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ... import __version__

_TEXT = {"type": "string"}
_COUNT = {"type": "integer", "minimum": 0}
_FILE = {
    "type": "object",
    "required": ["filename", "file_data"],
    "properties": {"filename": {**_TEXT, "minLength": 1, "maxLength": 1000}, "file_data": _TEXT},
}
_PARTS = (
    {
        "type": "object",
        "required": ["type", "text"],
        "properties": {"type": {"type": "string", "enum": ["text"]}, "text": _TEXT},
    },
    {
        "type": "object",
        "required": ["type", "file"],
        "properties": {"type": {"type": "string", "enum": ["file"]}, "file": _FILE},
    },
)
_MESSAGE = {
    "type": "object",
    "required": ["role", "content"],
    "properties": {
        "role": {"type": "string", "enum": ["system", "developer", "user", "assistant", "tool", "function"]},
        "content": {"anyOf": [_TEXT, {"type": "array", "items": {"anyOf": list(_PARTS)}}]},
    },
}
_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["message", "type", "param", "code"],
            "properties": {
                "message": _TEXT,
                "type": _TEXT,
                "param": {"type": ["string", "null"]},
                "code": {"type": ["string", "null"]},
            },
        }
    },
}
_MODEL = {
    "type": "object",
    "required": ["id", "object", "created", "owned_by"],
    "properties": {"id": _TEXT, "object": {"const": "model"}, "created": _COUNT, "owned_by": _TEXT},
}
_MODELS = {
    "type": "object",
    "required": ["object", "data"],
    "properties": {"object": {"const": "list"}, "data": {"type": "array", "items": _MODEL}},
}
_COMPLETION = {
    "type": "object",
    "required": ["id", "object", "created", "model", "choices", "usage"],
    "properties": {
        "id": _TEXT,
        "object": {"const": "chat.completion"},
        "created": _COUNT,
        "model": _TEXT,
        "choices": {
            "type": "array",
            "minItems": 1,
            "maxItems": 1,
            "items": {
                "type": "object",
                "required": ["index", "message", "finish_reason"],
                "properties": {
                    "index": {"const": 0},
                    "finish_reason": {"const": "stop"},
                    "message": {
                        "type": "object",
                        "required": ["role", "content"],
                        "properties": {"role": {"const": "assistant"}, "content": _TEXT},
                    },
                },
            },
        },
        "usage": {
            "type": "object",
            "required": ["prompt_tokens", "completion_tokens", "total_tokens"],
            "properties": dict.fromkeys(("prompt_tokens", "completion_tokens", "total_tokens"), _COUNT),
        },
    },
}


def document(models: Sequence[str]) -> dict[str, Any]:
    """Of a server that has these models."""
    body = {
        "type": "object",
        "required": ["model", "messages"],
        "properties": {
            "model": {"type": "string", "enum": list(models)},
            "messages": {"type": "array", "minItems": 1, "items": _MESSAGE},
            "stream": {"type": "boolean"},
            "stream_options": {"type": "object", "properties": {"include_usage": {"type": "boolean"}}},
            "n": {"type": "integer", "enum": [1]},
        },
    }
    model = [{"name": "id", "in": "path", "required": True, "schema": _TEXT}]
    health = {"type": "object", "required": ["status"], "properties": {"status": {"const": "ok"}}}
    answer = {"application/json": {"schema": _COMPLETION}, "text/event-stream": {}}
    asked = {"required": True, "content": {"application/json": {"schema": body}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "optwright", "version": __version__},
        "paths": {
            "/v1/models": {"get": {"responses": _responses(_json(_MODELS))}},
            "/v1/models/{id}": {"get": {"parameters": model, "responses": _responses(_json(_MODEL), 404)}},
            "/v1/chat/completions": {
                "post": {"requestBody": asked, "responses": _responses(answer, 400, 404, 413, 429, 500)}
            },
            "/health": {"get": {"responses": _responses(_json(health))}},
        },
    }


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _responses(content: dict[str, Any], *errors: int) -> dict[str, Any]:
    failed = {str(status): {"description": "an error", "content": _json(_ERROR)} for status in (401, 403, *errors)}
    return {"200": {"description": "the answer", "content": content}, **failed}
