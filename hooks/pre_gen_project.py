"""Refuse answers that would make a broken project, before anything is written."""

import json
import keyword
import re
import sys

ANSWERS = json.loads(r"""<<cookiecutter|jsonify>>""")

# What the project imports, and what people of the field install beside it.
DEPENDENCIES = """
    cookiecutter cruft cuda datasets functorch huggingface_hub hydra jaxtyping jsonschema keras lightning
    lightning_fabric matplotlib mlflow mpl_toolkits mypy numpy omegaconf optuna pandas pil pip pkg_resources pylab
    pytest pytorch_lightning requests rich ruff safetensors scipy setuptools skimage sklearn sympy tensorboard
    tensorflow timm tokenizers torch torchaudio torchgen torchmetrics torchvision tqdm transformers triton
    typing_extensions uv wandb wheel yaml
"""
OWN_FILES = ["build", "configs", "data", "dist", "logs", "schemas", "test", "tests", "train"]


def problem_with_project(name: str) -> str | None:
    """Why a folder cannot have this name; None where it can."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 ._-]*", name):
        return "it must start with a letter or digit and hold only letters, digits, '-', '_', '.' and spaces (ASCII)"
    return None


def problem_with_package(name: str) -> str | None:
    """Why a package cannot have this name; None where it can."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        return "it must start with a lower-case letter and hold only lower-case letters, digits and '_' (ASCII)"
    if keyword.iskeyword(name) or keyword.issoftkeyword(name):
        return "it is a keyword of Python"
    if name in sys.stdlib_module_names:
        return "it would hide the module of that name in Python's standard library"
    if name in DEPENDENCIES.split():
        return "it would hide the package of that name that the project (or a tool beside it) needs"
    if name in OWN_FILES:
        return "the project has a file or folder of that name already"
    return None


def problem_with_text(name: str) -> str | None:
    """Why an answer cannot stand in a file; None where it can."""
    if not ANSWERS[name].isprintable():
        return "it holds a line break or a control character"
    return None


def problems() -> list[str]:
    """One sentence for each bad answer."""
    project, package = ANSWERS["project"], ANSWERS["package"]
    found = []
    if reason := problem_with_project(project):
        found.append(f"project = {project!r}: {reason}, for example my-project.")
    elif reason := problem_with_package(package):
        found.append(
            f"package = {package!r}: {reason}; choose another, for example my_{package.strip('_') or 'package'}."
        )
    for name in ("description", "author", "email"):
        if reason := problem_with_text(name):
            found.append(f"{name} = {ANSWERS[name]!r}: {reason}, expected one line of text.")
    version = ANSWERS["python_version"]
    if not re.fullmatch(r"3\.(1[1-9]|[2-9][0-9])", version):
        found.append(f"python_version = {version!r}: expected 3.11 or a later 3.x, written like 3.11.")
    return found


if found := problems():
    print("\n".join(f"error: {sentence}" for sentence in found), file=sys.stderr)
    sys.exit(1)
