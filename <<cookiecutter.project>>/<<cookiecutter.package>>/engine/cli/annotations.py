"""JSON schemas of Python annotations."""

import ast

from ..core.errors import InputError
from ..core.plain import PlainData

PLAIN = {"int": "integer", "float": "number", "str": "string", "bool": "boolean", "Path": "string", "_PATH": "string"}
LISTS = ("list", "List", "tuple", "Tuple", "Sequence", "Iterable")
MAPPINGS = ("dict", "Dict", "Mapping")
LIMITS = {"Ge": "minimum", "Gt": "exclusiveMinimum", "Le": "maximum", "Lt": "exclusiveMaximum"}


def schema_of(annotation: ast.expr | None) -> PlainData:
    """JSON schema of the values that an annotation allows; `{}` (any value) for annotations that cannot be checked."""
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
        case ast.Subscript(value=value, slice=index):
            return _of_generic(ast.unparse(value).rpartition(".")[2], index)
    return {}


def _of_generic(name: str, index: ast.expr) -> PlainData:
    parts = index.elts if isinstance(index, ast.Tuple) else [index]
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


def _any(schemas: list[PlainData]) -> PlainData:
    return {"anyOf": schemas} if all(schemas) else {}


def _range(extras: list[ast.expr]) -> PlainData:
    limits: PlainData = {}
    for extra in extras:
        if not isinstance(extra, ast.Call) or (name := ast.unparse(extra.func)) not in (*LIMITS, "Interval"):
            continue
        bounds = {str(keyword.arg): keyword.value for keyword in extra.keywords}
        bounds |= {name.lower(): value for value in extra.args}
        for limit, value in bounds.items():
            if limit.capitalize() not in LIMITS or not _is_literal(value):
                raise InputError(f"{ast.unparse(extra)}: expected ge, gt, le or lt, each with a literal number.")
            limits[LIMITS[limit.capitalize()]] = ast.literal_eval(value)
    return limits


def _is_literal(value: ast.expr) -> bool:
    try:
        ast.literal_eval(value)
    except ValueError:
        return False
    return True
