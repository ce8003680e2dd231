"""Classes of this project as their source has them: bases, methods, annotations. Nothing is imported."""

import ast
from collections.abc import Iterator
from functools import cache

from ..core.errors import InputError
from ..core.schemas import PACKAGE
from .signatures import find, resolve

Node = ast.ClassDef | ast.FunctionDef


@cache
def source_of(path: str) -> tuple[Node, str] | None:
    """Class or function by its dotted path, and its module; None outside this project or if it does not exist."""
    module, _, name = path.rpartition(".")
    if not module.startswith(f"{PACKAGE}."):
        return None
    try:
        return find(module, name)
    except InputError:
        return None


def class_named(expression: ast.expr | None, module: str) -> str | None:
    """Dotted path of the class of this project that an annotation in `module` names, without its type arguments."""
    if isinstance(expression, ast.Constant) and isinstance(expression.value, str):
        expression = ast.parse(expression.value, mode="eval").body
    try:
        found = source_of(".".join(resolve(expression, module))) if expression else None
    except ValueError:
        return None
    return f"{found[1]}.{found[0].name}" if found and isinstance(found[0], ast.ClassDef) else None


def lineage(path: str) -> list[str]:
    """A class and its bases, in the order in which Python looks up attributes: a base of several comes after all."""
    found = list(_depth_first(path))
    return list(dict.fromkeys(reversed(found)))[::-1]


def _depth_first(path: str) -> Iterator[str]:
    yield path
    for base, module in _bases(path):
        if name := class_named(base, module):
            yield from _depth_first(name)


def _bases(path: str) -> list[tuple[ast.expr, str]]:
    found = source_of(path)
    return [(base, found[1]) for base in found[0].bases] if found and isinstance(found[0], ast.ClassDef) else []


def _body(path: str) -> list[ast.stmt]:
    found = source_of(path)
    return found[0].body if found and isinstance(found[0], ast.ClassDef) else []


def method(path: str, name: str) -> tuple[ast.FunctionDef, str] | None:
    """Method of a class or of the nearest base that has it, and its module."""
    for each in lineage(path):
        for item in _body(each):
            if isinstance(item, ast.FunctionDef) and item.name == name:
                return item, each.rpartition(".")[0]
    return None


def attribute(path: str, name: str) -> object:
    """Literal value of a class attribute, by the nearest class that sets it; None without one."""
    for each in lineage(path):
        for item in _body(each):
            targets = item.targets if isinstance(item, ast.Assign) else []
            targets = [item.target] if isinstance(item, ast.AnnAssign) else targets
            named = any(isinstance(target, ast.Name) and target.id == name for target in targets)
            if named and isinstance(item, ast.Assign | ast.AnnAssign) and isinstance(item.value, ast.Constant):
                return item.value.value
    return None


def field_names(path: str) -> list[str]:
    """Fields of a named tuple."""
    annotated = [item.target for item in _body(path) if isinstance(item, ast.AnnAssign)]
    return [target.id for target in annotated if isinstance(target, ast.Name)]


def fields_marked(path: str, marker: str) -> list[str]:
    """Fields of a named tuple whose annotation has the marker `marker(…)`."""
    annotated = [item for item in _body(path) if isinstance(item, ast.AnnAssign)]
    return [
        item.target.id
        for item in annotated
        if isinstance(item.target, ast.Name)
        and any(isinstance(node, ast.Call) and ast.unparse(node.func) == marker for node in ast.walk(item.annotation))
    ]


def type_arguments(path: str, base: str) -> list[str | None]:
    """Classes in `base[…]`, from which a class is derived, directly or not; None for a type variable."""
    return [class_named(expression, module) for expression, module in _type_arguments(path, base)]


def _type_arguments(path: str, base: str) -> list[tuple[ast.expr, str]]:
    for parent, module in _bases(path):
        name, given = class_named(parent, module), [(each, module) for each in _subscripts(parent)]
        if name == base:
            return given
        if name and (inner := _type_arguments(name, base)):
            values = dict(zip(_variables(name), given, strict=False))
            return [values.get(ast.unparse(expression), (expression, home)) for expression, home in inner]
    return []


def _subscripts(expression: ast.expr) -> list[ast.expr]:
    if not isinstance(expression, ast.Subscript):
        return []
    return expression.slice.elts if isinstance(expression.slice, ast.Tuple) else [expression.slice]


def _variables(path: str) -> list[str]:
    """Type variables of a generic class, in their order."""
    arguments = [(each, module) for base, module in _bases(path) for each in _subscripts(base)]
    return list(dict.fromkeys(ast.unparse(each) for each, module in arguments if not class_named(each, module)))
