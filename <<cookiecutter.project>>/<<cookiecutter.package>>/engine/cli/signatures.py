"""Signatures of `_target_` classes and functions, parsed from source without importing torch."""

import ast
import importlib.util
import tomllib
from contextlib import suppress
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from ..core.errors import InputError
from ..core.paths import ROOT
from ..core.plain import PlainData
from .annotations import schema_of


@dataclass(frozen=True)
class Signature:
    """JSON schema of each argument by name, required arguments, and defaults as source code.

    `open`: other arguments are accepted too.
    """

    arguments: dict[str, PlainData] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    keyword_only: tuple[str, ...] = ()
    open: bool = False
    defaults: dict[str, str] = field(default_factory=dict)


@cache
def signature_of(target: str) -> Signature:
    """Signature of a function or class by its dotted path.

    Raises:
        InputError: there is no such function or class; suggests the nearest name.
    """
    module, _, name = target.rpartition(".")
    if not all(target.split(".")):
        raise InputError("a part of it between two dots is empty.")
    node, home = find(module, name)
    if isinstance(node, ast.ClassDef):
        return _of_class(node, home)
    return _of_function(node, skip=0)


def find(module: str, name: str) -> tuple[ast.ClassDef | ast.FunctionDef, str]:
    """Find the definition of `name`, through re-exports, and its module."""
    tree = _parse(module)
    names: list[str] = []
    for node in _top_level(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            if node.name == name:
                return node, module
            names.append(node.name)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if (alias.asname or alias.name) == name:
                    return find(_absolute(node, module), alias.name)
                if alias.name == "*":
                    with suppress(InputError):
                        return find(_absolute(node, module), name)
                names.append(alias.asname or alias.name)
    near = get_close_matches(name, names, 1)
    raise InputError(f"there is no {name} in {module}" + (f", did you mean {near[0]}?" if near else "."))


def _of_class(node: ast.ClassDef, module: str) -> Signature:
    for item in node.body:
        if isinstance(item, ast.FunctionDef) and item.name == "__init__":
            own = _of_function(item, skip=1)
            if not own.open:
                return own
            # **kwargs of a class are the keys of its Unpack[…], else its base's arguments
            base = _of_unpacked(item, module) or _of_bases(node, module)
            return replace(
                own,
                arguments=base.arguments | own.arguments,
                open=base.open,
                defaults=base.defaults | own.defaults,
            )
    if any(ast.unparse(decorator).startswith("dataclass") for decorator in node.decorator_list):
        return _of_dataclass(node)
    return _of_bases(node, module)


def _of_unpacked(function: ast.FunctionDef, module: str) -> Signature | None:
    """Signature of `**kwargs: Unpack[<TypedDict>]`; None for other annotations."""
    match function.args.kwarg:
        case ast.arg(annotation=ast.Subscript(value=ast.Name(id="Unpack"), slice=name)):
            node, _ = find(*resolve(name, module))
            return _of_dataclass(node) if isinstance(node, ast.ClassDef) else None
    return None


def _of_dataclass(node: ast.ClassDef) -> Signature:
    fields = [item for item in node.body if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)]
    return Signature(
        {ast.unparse(item.target): schema_of(item.annotation) for item in fields},
        tuple(ast.unparse(item.target) for item in fields if item.value is None),
        defaults={ast.unparse(item.target): ast.unparse(item.value) for item in fields if item.value is not None},
    )


def _of_bases(node: ast.ClassDef, module: str) -> Signature:
    for base in node.bases:
        try:
            home, name = resolve(base, module)
            definition, home = find(home, name)
        except (InputError, ValueError):
            continue  # a base from a compiled module
        if isinstance(definition, ast.ClassDef):
            return _of_class(definition, home)
    return Signature(open=True)


def resolve(base: ast.expr, module: str) -> tuple[str, str]:
    """Module and name of a class that is named in `module`.

    Raises:
        ValueError: the expression is no name.
    """
    base = base.value if isinstance(base, ast.Subscript) else base  # Loss[ClassOutput, ClassTarget]
    if isinstance(base, ast.Name):
        return module, base.id
    if isinstance(base, ast.Attribute) and isinstance(base.value, ast.Name):
        for node in _top_level(_parse(module)):
            if isinstance(node, ast.Import | ast.ImportFrom):
                for alias in node.names:
                    if (alias.asname or alias.name) == base.value.id:
                        prefix = _absolute(node, module) + "." if isinstance(node, ast.ImportFrom) else ""
                        return prefix + alias.name, base.attr
    raise ValueError


def _of_function(node: ast.FunctionDef, skip: int) -> Signature:
    positional = [*node.args.posonlyargs, *node.args.args]
    last = positional[len(positional) - len(node.args.defaults) :]
    values = [*node.args.defaults, *node.args.kw_defaults]
    pairs = zip([*last, *node.args.kwonlyargs], values, strict=True)
    defaults = {argument.arg: ast.unparse(default) for argument, default in pairs if default}
    arguments = [*positional[skip:], *node.args.kwonlyargs]
    return Signature(
        {argument.arg: schema_of(argument.annotation) for argument in arguments},
        tuple(argument.arg for argument in arguments if argument.arg not in defaults),
        tuple(argument.arg for argument in node.args.kwonlyargs),
        node.args.kwarg is not None,
        defaults,
    )


@cache
def _parse(module: str) -> ast.Module:
    path = _file(module)
    try:
        return ast.parse(path.read_text(encoding="utf-8"))
    except SyntaxError as error:
        raise InputError(f"{path}, line {error.lineno}, is not valid Python: {error.msg}.") from error


def _file(module: str) -> Path:
    top, *rest = module.split(".")
    spec = importlib.util.find_spec(top) if top else None
    if spec is None or spec.origin is None:
        if top in tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]:
            raise InputError(f"the package {top} is not installed: uv sync --group {top}.")
        raise InputError(
            f"there is no module {module or top!r}: the target must be a full path like package.module.Class."
        )
    path = Path(spec.origin)
    if rest:
        stem = path.parent.joinpath(*rest)
        path = stem / "__init__.py" if stem.is_dir() else stem.with_suffix(".py")
    if not path.is_file():
        near = get_close_matches(rest[-1], [item.stem for item in path.parent.glob("*.py")], 1) if rest else []
        raise InputError(f"there is no module {module}" + (f", did you mean {near[0]}?" if near else "."))
    return path


def _top_level(tree: ast.Module) -> list[ast.stmt]:
    nodes: list[ast.stmt] = []
    for node in tree.body:
        nodes += [*node.body, *node.orelse] if isinstance(node, ast.If) else [node]
        if isinstance(node, ast.Try):
            nodes += node.body
    return nodes


def _absolute(node: ast.ImportFrom, module: str) -> str:
    if not node.level:
        return node.module or ""
    parts = module.split(".")
    parts = parts[: len(parts) - node.level + (_file(module).name == "__init__.py")]
    return ".".join([*parts, *([node.module] if node.module else [])])
