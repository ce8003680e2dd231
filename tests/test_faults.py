"""The checks of a project can fail: faulty datasets, augmentations, networks and losses, each caught by the check that
is meant for it, and by name.
"""

import re
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from conftest import ENGINE, ROOT, bake_into

Environment = dict[str, str]
HERE = Path(__file__).parent / "faults"
PLACES = {  # of the file, and of the configs
    "datasets": ("datasets/fault.py", "dataset"),
    "cache": ("datasets/fault_cache.py", "data/cache"),
    "transformers": ("transformers/fault.py", "transformer/augment"),
    "models": ("models/fault.py", "network"),
    "losses": ("losses/fault.py", "loss"),
}
MORE = {"cache": ["dir: data/cache", "rebuild: false", "memory: 0.5", "verify: false"], "models": ["_partial_: true"]}

DEFINITION = "test_fields_fit_the_definition"
AUGMENT = "test_augmentation_fits_the_definition_and_is_reproducible"
ALONE = "test_loss_gives_one_independent_value_per_sample"
# Part with which a check tries a faulty one, where it would try every pair.
PARTNER = {
    AUGMENT: "digits",
    "test_cache_returns_equal_samples": "digits",
    "test_a_file_that_nothing_names_is_noticed": "get_image",
    "test_initial_loss_is_near_that_of_zeros": "(mlp or cross_entropy)",
}
# Class, the check that catches it, and what the check says.
FAULTS = {
    "datasets": {
        "LabelsFromOne": (DEFINITION, "has values from 1 to 10, expected >= 0 and < classes"),
        "FloatImages": (DEFINITION, "get_image gives .* torch.float32 .*, expected a torch.uint8 tensor"),
        "NegativeWeights": (DEFINITION, "has the weight -1.0, expected a finite number >= 0"),
        "TestInTrain": ("test_splits_share_no_content", "of val or test are in train too"),
        "SamplesTwice": ("test_splits_share_no_content", "of val or test are in train too"),
        "NoisyReading": ("test_sample_read_twice_is_equal", ""),
        "OrderByChance": ("test_sample_read_twice_is_equal", ""),
        "LabelsByChance": ("test_labels_belong_to_their_samples", ""),
        "ClassMissing": ("test_every_class_is_in_every_split", "test has no sample of 9"),
        "WorkersDiffer": ("test_workers_do_not_change_samples", ""),
    },
    "cache": {
        "IgnoresTheCacheKey": ("test_another_version_of_the_dataset_is_read_again", ""),
        "Reverses": ("test_cache_returns_equal_samples", ""),
        "ForgetsAll": ("test_the_second_start_reads_no_sample_and_trains_the_same", ""),
        "KeepsNothingOfAnInterruption": ("test_what_an_interruption_left_is_not_read_again", ""),
        "LetsNobodyWait": ("test_processes_that_start_together_read_a_sample_once", ""),
        "IgnoresOpenedFiles": ("test_a_file_that_nothing_names_is_noticed", ""),
    },
    "transformers": {
        "OneDraw": (AUGMENT, "24 copies of a sample all got the same draw"),
        "OwnRandomness": (AUGMENT, "the same epoch is not the same twice"),
        "SameEveryEpoch": (AUGMENT, "two epochs are the same"),
        "GivesFloats": (AUGMENT, "field 'image' of ImageInput is .* torch.float32, expected UInt8"),
        "CutsTheEdge": (AUGMENT, r"field 'image' of ImageInput is \[\d+, 1, 8, 7\]"),
        "ReturnsNothing": (AUGMENT, "ReturnsNothing returns None, expected a Batch"),
    },
    "models": {
        "MixesSamples": ("test_output_depends_on_its_own_sample_alone", "depends on another sample"),
        "OwnNormalisation": ("test_evaluation_is_deterministic_for_any_batch_size", ""),
        "DeadBranch": ("test_gradients_reach_every_parameter", "no gradient reaches branch.weight"),
        "UnusedLayer": ("test_gradients_reach_every_parameter", "forgotten.weight is not used"),
        "Detached": ("test_gradients_reach_every_parameter", "inner.weight is not used"),
        "OneClassMore": ("test_output_fits_the_definition", "field 'logits' of ClassOutput is .*11"),
        "DropoutForEver": ("test_evaluation_is_deterministic_for_any_batch_size", "two evaluations differ"),
        "NoiseInTraining": (
            "test_training_differs_only_by_dropout_and_normalization",
            "without a layer of dropout or normalization",
        ),
        "UnsavedState": ("test_saved_network_gives_the_same_output", "is not saved"),
        "GivesProbabilities": ("test_network_overfits_ten_samples", "after 600 steps the loss is"),
        "HugeStart": ("test_initial_loss_is_near_that_of_zeros", "that of an output of zeros"),
        "IgnoresItsInput": ("test_output_depends_on_its_own_sample_alone", "ignores its image"),
    },
    "losses": {
        "Broadcasts": (ALONE, "the loss of a sample depends on others"),
        "MeanForEach": (ALONE, "the loss of a sample depends on others"),
        "WeightsByPlace": (ALONE, "the loss of a sample depends on others"),
        "Reduced": (ALONE, r"gives \[\] as total, expected one value for each"),
        "NoGradient": ("test_loss_falls_along_its_gradient", "has no gradient"),
        "WrongSign": ("test_initial_loss_is_near_that_of_zeros", "that of an output of zeros"),
    },
}
CASES = [(room, name) for room, faults in FAULTS.items() for name in faults]


def option(name: str) -> str:
    """The config's name of a class."""
    return "fault" + re.sub("[A-Z]", lambda letter: f"_{letter.group().lower()}", name)


@pytest.fixture(scope="module")
def failures(
    projects: dict[str, Path], environment: Environment, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """Message of each check that failed in a project with all the faults."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UV", shutil.which("false") or "false")  # uv.lock is that of another project
        project = bake_into(tmp_path_factory.mktemp("faults"))
    (project / "uv.lock").write_text((projects["default"] / "uv.lock").read_text())
    for room, (file, group) in PLACES.items():
        (project / "my_project" / file).write_text((HERE / f"{room}.py").read_text())
        target = f"my_project.{file.removesuffix('.py').replace('/', '.')}"
        for name in FAULTS[room]:
            lines = [f"# {group}={option(name)}: faulty.", f"_target_: {target}.{name}", *MORE.get(room, [])]
            (project / "configs" / group / f"{option(name)}.yaml").write_text("\n".join([*lines, ""]))
    tests = [f"tests/test_{name}.py" for name in ("datasets", "network_checks", "loss_checks", "overfitting")]
    tests += [f"{ENGINE}/data/test_{name}.py" for name in ("cache", "cache_key")]
    where = f"-c pyproject.toml --rootdir . --confcutdir {ENGINE}"
    # Of each fault only the check that is meant for it, with one partner: all checks of all faults take six minutes.
    wanted = [(FAULTS[room][name][0], option(name)) for room, name in CASES]
    chosen = " or ".join(f"({check} and {name} and {PARTNER.get(check, check)})" for check, name in wanted)
    command = f"uv run pytest -q -n 0 {where} {' '.join(tests)} -k '{chosen}' --junitxml report.xml"
    subprocess.run(command, shell=True, cwd=project, env=environment, capture_output=True)
    cases = ElementTree.parse(project / "report.xml").iter("testcase")
    return {
        str(case.get("name")): " ".join(
            str(problem.get("message")) for problem in case if problem.tag in ("failure", "error")
        )
        for case in cases
        if any(problem.tag in ("failure", "error") for problem in case)
    }


@pytest.mark.parametrize(("room", "name"), CASES)
def test_a_fault_is_caught_by_the_check_that_is_meant_for_it(failures: dict[str, str], room: str, name: str) -> None:
    check, words = FAULTS[room][name]
    ids = [test for test in failures if test.startswith(f"{check}[") and re.search(rf"\b{option(name)}\b", test)]
    assert ids, f"{check} did not fail for {name}"
    assert any(re.search(words, failures[test], re.DOTALL) for test in ids), [failures[test] for test in ids]


def test_there_are_faults_enough() -> None:
    assert len(CASES) >= 25


def table() -> str:
    """Rows of docs/faults.md: what each fault does, and what catches it."""
    rows = []
    for room, faults in FAULTS.items():
        source = (HERE / f"{room}.py").read_text()
        for name, (check, _) in faults.items():
            (does,) = re.findall(rf'class {name}\(?.*?:\n    """(.*?)\.?"""', source)
            rows.append(f"| {room} | {does} | `{check.removeprefix('test_')}` |")
    return "\n".join(rows)


def test_the_table_of_faults_is_true() -> None:
    assert table() in (ROOT / "docs" / "faults.md").read_text()


if __name__ == "__main__":
    print(table())
