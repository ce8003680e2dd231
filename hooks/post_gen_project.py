"""Remove what was not chosen, make the first commit, and say what comes next. Idempotent, offline, asks nothing."""

import json
import subprocess
import sys
from pathlib import Path

ANSWERS = json.loads(r"""<<cookiecutter|jsonify>>""")  # JSON holds no three quotes in a row

# Modules, configs and tests by name, for each problem the project can start with.
OWN = {
    "image_classification": """
        image_classification test_image_classification
        digits downloaded mnist fashion_mnist cifar cifar10 cifar100 image_folder image_file
        image fit_image probabilities flip shift crop resized_crop color both kornia_images mix mixup cutmix
        tiny_vgg lenet cnn mlp cross_entropy focal weighted test_losses
        fashion_mnist_tiny_vgg mnist_cnn
        resnet resnet18 resnet50 vgg vgg16 timm pretrained test_networks
    """,
    "blank": "my_problem my_dataset my_transformer my_postprocess my_network mean_squared_error",
}


def remove_unchosen() -> None:
    """Remove the files of the other problems, and all licenses but the chosen one."""
    unchosen = {name for problem, names in OWN.items() if problem != ANSWERS["problem"] for name in names.split()}
    for folder in (ANSWERS["package"], "configs", "tests"):
        for path in Path(folder).rglob("*"):
            if path.is_file() and path.stem in unchosen:
                path.unlink()
    chosen = Path(f"LICENSE.{ANSWERS['license']}")
    if chosen.is_file():
        chosen.replace("LICENSE")
    for path in Path().glob("LICENSE.*"):
        path.unlink()


def write_tables() -> None:
    """The README's tables of what can be chosen, from the configs that stayed."""
    subprocess.run([sys.executable, "-B", "-m", f"{ANSWERS['package']}.strict.choices"], check=True)


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


remove_unchosen()
write_tables()
first_commit()
print(f"\nThe project is ready. Next:\n\n  cd '{Path.cwd().name}'\n  uv run train.py\n  uv run pytest\n")
