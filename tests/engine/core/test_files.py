"""A folder takes the place of another, or the other stays."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from my_project.engine.core.files import put


def test_a_folder_is_put_in_place_of_another_or_the_other_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new, target = tmp_path / "new", tmp_path / "deep" / "target"
    for folder in (new, target):
        folder.mkdir(parents=True)
        (folder / folder.name).write_text("x")
    rename = Path.rename

    def broken(self: Path, to: Path) -> Path:
        if self.name == "new":
            raise OSError("a broken disk")
        return rename(self, to)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", broken)
        with pytest.raises(OSError, match="broken disk"):
            put(new, target)
    assert [path.name for path in target.iterdir()] == ["target"]

    def refuse(*_: Any) -> None:
        raise OSError("the file system has no hard links")

    with monkeypatch.context() as patch:
        patch.setattr("os.link", refuse)
        put(new, target)
    assert [path.name for path in target.iterdir()] == ["new"]
    assert [path.name for path in target.parent.iterdir()] == ["target"]
    assert (new / "new").is_file()


def test_jobs_may_put_the_same_folder_at_the_same_time(tmp_path: Path) -> None:
    target = tmp_path / "target"
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).write_text(name)
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(put, tmp_path / name, target) for name in ("one", "two") * 100]:
            done.result()
    assert len(list(target.iterdir())) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "target", "two"]
