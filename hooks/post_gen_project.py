"""Remove what was not chosen, lock the packages, make the first commit, and say what comes next.

Idempotent, asks nothing, and makes the project without a network too.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ANSWERS = json.loads(r"""<<cookiecutter|jsonify>>""")  # JSON holds no three quotes in a row

# Modules, configs and tests by name, for each problem the project can start with.
OWN = {
    "image_classification": """
        image_classification test_image_classification
        digits downloaded mnist fashion_mnist cifar cifar10 cifar100 image_folder image_file class_columns class_scores
        image fit_image probabilities flip shift crop resized_crop color both kornia_images mix mixup cutmix
        tiny_vgg lenet cnn mlp cross_entropy focal weighted test_losses
        fashion_mnist_tiny_vgg mnist_cnn cifar10_fast resnet9 shift_flip
        test_image_sources test_image_augmentation test_image_answers
        stand_ins filter table image_tables labels_csv list_file by_value
        rand_augment randaugment per_sample trivial_augment
        test_serve_images test_contract resnet resnet18 resnet50 vgg vgg16 timm pretrained test_networks
    """,
    "blank": "my_problem my_dataset my_transformer my_postprocess my_network mean_squared_error",
}

# Files that stay for one answer only.
PACKAGE = ANSWERS["package"]
SERVE = f"""
    serve.py configs/serve.yaml schemas/serve.json tests/test_serve.py tests/test_serve_images.py
    {PACKAGE}/run/address.py {PACKAGE}/run/answerer.py {PACKAGE}/run/batching.py
    {PACKAGE}/run/server.py {PACKAGE}/run/upload.py {PACKAGE}/run/page.html
"""
FOR_ANSWER = {
    ".github/workflows/test.yml": ("ci", "github"),
    ".github/dependabot.yml": ("ci", "github"),
    ".gitlab-ci.yml": ("ci", "gitlab"),
    "docs/report.png": ("problem", "image_classification"),
    "Dockerfile": ("docker", "True"),
    ".dockerignore": ("docker", "True"),
    ".devcontainer/devcontainer.json": ("devcontainer", "True"),
    **dict.fromkeys(SERVE.split(), ("serve", "True")),
}


def remove_unchosen() -> None:
    """Remove the files of the other problems and answers, and all licenses but the chosen one."""
    unchosen = {name for problem, names in OWN.items() if problem != ANSWERS["problem"] for name in names.split()}
    for folder in (PACKAGE, "configs", "tests"):
        for path in Path(folder).rglob("*"):
            if path.is_file() and path.stem in unchosen:
                path.unlink()
    for name, (prompt, answer) in FOR_ANSWER.items():
        if str(ANSWERS[prompt]) != answer:  # a boolean comes as True, or as "True"
            remove(Path(name))
    chosen = Path(f"LICENSE.{ANSWERS['license']}")
    if chosen.is_file():
        chosen.replace("LICENSE")
    for path in Path().glob("LICENSE.*"):
        path.unlink()


def remove(path: Path) -> None:
    """Remove a file, and its folders where nothing else is in them."""
    path.unlink(missing_ok=True)
    for folder in path.parents[:-1]:
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def write_tables() -> None:
    """The README's tables of what can be chosen, from the configs that stayed."""
    subprocess.run([sys.executable, "-B", "-m", f"{PACKAGE}.strict.choices"], check=True)


def is_compared() -> bool:
    """Whether cruft makes this project in a temporary folder, to compare it with another."""
    above = Path.cwd().parent
    temporary = above.parent == Path(tempfile.gettempdir()).resolve() and re.fullmatch(r"tmp\w{8}", above.name)
    return "_commit" in ANSWERS and bool(temporary)  # `_commit` is the mark of cruft


def lock_packages() -> None:
    """Write uv.lock where uv is at hand. Without it, the first `uv run` does."""
    uv = os.environ.get("UV") or shutil.which("uv")
    if uv is None or is_compared():
        return
    impatient = {"UV_HTTP_RETRIES": "0", **os.environ}
    try:
        answer = subprocess.run([uv, "lock", "--quiet"], env=impatient, capture_output=True, timeout=60, check=False)
        locked = answer.returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        locked = False
    if not locked:
        print("uv.lock is not written, for uv could not resolve it: `uv lock` says why, and writes it later.")


def git(*words: str) -> bool:
    """Whether a git command succeeded; it says nothing."""
    identity = [
        "-c",
        f"user.name={ANSWERS['author']}",
        "-c",
        f"user.email={ANSWERS['email']}",
        "-c",
        "commit.gpgsign=false",
    ]
    try:
        return subprocess.run(["git", *identity, *words], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def first_commit() -> None:
    """Where git is at hand and the folder lies in no repository."""
    if not git("rev-parse", "--is-inside-work-tree") and git("init", "--quiet"):
        git("add", "--all")
        git("commit", "--quiet", "--no-verify", "--message", f"New project {ANSWERS['project']}")


def say_what_is_next() -> None:
    """Nothing where `cruft update` makes projects to compare them."""
    if is_compared():
        return
    steps = [f"cd '{Path.cwd().name}'", "uv run train.py", "uv run pytest"]
    if "_commit" in ANSWERS:  # cruft writes its file after the first commit
        steps.insert(1, "git add .cruft.json && git commit -m 'Follow the template'")
    print("\nThe project is ready. Next:\n\n  " + "\n  ".join(steps) + "\n")


remove_unchosen()
write_tables()
lock_packages()
first_commit()
say_what_is_next()
