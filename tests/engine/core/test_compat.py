"""Private API of libraries: in compat.py and startup.py of engine/core alone, and in a class derived from Optuna's."""

import ast
from pathlib import Path

import pytest
import torch
from project import ROOT
from torch import nn

from my_project.engine.core.compat import traced_loops

PACKAGE = ROOT / "my_project"
COMPAT = [PACKAGE / "engine" / name for name in ("core/compat.py", "core/startup.py", "sweeps/cma.py")]
FILES = [path for path in sorted(PACKAGE.rglob("*.py")) if path not in COMPAT]
PUBLIC = {"_asdict", "_fields", "_field_defaults", "_make", "_replace", "_exit"}  # of NamedTuple and os


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__") and name not in PUBLIC


def own_names(tree: ast.Module) -> set[str]:
    """Functions, classes, variables and attributes that the module defines."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and ast.unparse(node.value) == "self":
            names.add(node.attr)
    return names


def private_uses(path: Path) -> list[str]:
    """Private modules and names that are imported, and private attributes that the module does not define."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    own, uses = own_names(tree), []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and not node.level:
            names = [*str(node.module).split("."), *(alias.name for alias in node.names)]
        elif isinstance(node, ast.Import):
            names = [name for alias in node.names for name in alias.name.split(".")]
        elif isinstance(node, ast.Attribute) and node.attr not in own:
            names = [node.attr]
        else:
            continue
        uses += [f"line {node.lineno}: {ast.unparse(node)}" for name in names if is_private(name)]
    return uses


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_private_api_is_used_in_compat_alone(path: Path) -> None:
    assert private_uses(path) == []


@pytest.mark.parametrize("layer", [nn.LSTM, nn.GRU])
def test_a_traced_loop_takes_any_length(layer: type[nn.LSTM | nn.GRU]) -> None:
    network = layer(3, 4, batch_first=True).eval().requires_grad_(False)
    with traced_loops():
        shapes = {0: torch.export.Dim.DYNAMIC, 1: torch.export.Dim.DYNAMIC}
        graph = torch.export.export(network, (torch.randn(5, 7, 3),), dynamic_shapes=(shapes,)).module()
    for size in ((2, 11, 3), (6, 4, 3)):
        values = torch.randn(size)
        assert torch.allclose(graph(values)[0], network(values)[0], atol=1e-6)
