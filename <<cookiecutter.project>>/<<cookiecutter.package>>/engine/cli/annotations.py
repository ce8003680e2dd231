"""From a Python annotation to the JSON schema of the values it allows."""

import ast
from typing import Any

from ..core.errors import InputError

PLAIN = {"int": "integer", "float": "number", "str": "string", "bool": "boolean", "Path": "string", "_PATH": "string"}
LISTS = ("list", "List", "tuple", "Tuple", "Sequence", "Iterable")
MAPPINGS = ("dict", "Dict", "Mapping")
RANGE = {"low": "minimum", "high": "maximum", "below": "exclusiveMaximum", "above": "exclusiveMinimum"}


def schema_of(annotation: ast.expr | None) -> dict[str, Any]:
    """The schema; `{}`, which allows everything, where the annotation says nothing that a config could break."""
    match annotation:
        case ast.Constant(value=None):
            return {"type": "null"}
        case ast.Constant(value=str(text)):
            return schema_of(ast.parse(text, mode="eval").body)
        case ast.Name(id=name) if name in PLAIN:
            return {"type": PLAIN[name]}
        case ast.Name(id=name) if name in LISTS:
            return {"type": "array"}
        case ast.Name(id=name) if name in MAPPINGS:
            return {"type": "object"}
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _any([schema_of(left), schema_of(right)])
        case ast.Subscript(value=value, slice=inside):
            return _of_generic(ast.unparse(value).rpartition(".")[2], inside)
    return {}


def _of_generic(name: str, inside: ast.expr) -> dict[str, Any]:
    parts = inside.elts if isinstance(inside, ast.Tuple) else [inside]
    if name == "Optional":
        return _any([schema_of(parts[0]), {"type": "null"}])
    if name == "Union":
        return _any([schema_of(part) for part in parts])
    if name == "Literal":
        return {"enum": [ast.literal_eval(part) for part in parts]}
    if name == "Annotated":
        return schema_of(parts[0]) | _range(parts[1:])
    if name in LISTS:
        return {"type": "array", "items": schema_of(parts[0])}
    if name in MAPPINGS:
        return {"type": "object", "additionalProperties": schema_of(parts[-1])}
    return {}


def _any(schemas: list[dict[str, Any]]) -> dict[str, Any]:
    return {"anyOf": schemas} if all(schemas) else {}


def _range(extras: list[ast.expr]) -> dict[str, Any]:
    limits: dict[str, Any] = {}
    for extra in extras:
        if isinstance(extra, ast.Call) and ast.unparse(extra.func) == "Range":
            named = dict(zip(("low", "high"), extra.args, strict=False))
            named |= {str(keyword.arg): keyword.value for keyword in extra.keywords}
            for name, value in named.items():
                if name not in RANGE or not _is_literal(value):
                    text = ast.unparse(extra)
                    known = ", ".join(RANGE)
                    raise InputError(f"{text}: a Range takes {known}, each as a number that is written there.")
                limits[RANGE[name]] = ast.literal_eval(value)
    return limits


def _is_literal(value: ast.expr) -> bool:
    try:
        ast.literal_eval(value)
    except ValueError:
        return False
    return True
