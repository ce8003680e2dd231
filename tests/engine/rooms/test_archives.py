"""An archive is the folder that it holds, or is refused."""

import errno
import io
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
from project import SIX_STEPS, Train, rows

from archives import FORMATS, pack
from my_project.datasets.image_folder import ImageFolder
from my_project.engine.core.errors import InputError
from my_project.engine.datasets import archive as archives_of_engine
from my_project.engine.datasets.archive import unpacked


@pytest.mark.parametrize("top", ["photos", ""])
@pytest.mark.parametrize("name", FORMATS)
def test_an_archive_is_the_folder_that_it_holds(photos: Path, tmp_path: Path, name: str, top: str) -> None:
    pack(photos, tmp_path / name, top)
    root = tmp_path / "root"
    for _ in range(2):  # it is unpacked once
        dataset = ImageFolder(str(root), archive=str(tmp_path / name))
        assert [path.relative_to(dataset.root) for path in dataset.tokens("train")] == [
            path.relative_to(photos) for path in ImageFolder(str(photos)).tokens("train")
        ]
        assert len(list(root.iterdir())) == 1


def test_an_archive_trains_with_one_override(train: Train, photos: Path, tmp_path: Path) -> None:
    pack(photos, tmp_path / "a.tgz")
    words = [*SIX_STEPS, "dataset=image_folder", f"dataset.archive={tmp_path / 'a.tgz'}", "callback=none"]
    assert rows(train(*words))[-1]["test/acc"]
    pack(photos / "train", tmp_path / "a.tgz")  # the archive has changed, and is no tree of splits now
    with pytest.raises(SystemExit, match=r"There is no folder .*train, expected one with a folder of images"):
        train(*words)


@pytest.mark.parametrize("member", ["../out.txt", "/tmp/out.txt", "train/../../out.txt"])
@pytest.mark.parametrize("name", FORMATS)
def test_a_member_that_climbs_out_is_refused(photos: Path, tmp_path: Path, name: str, member: str) -> None:
    archive = tmp_path / "in" / name
    archive.parent.mkdir()
    if name == "a.zip":
        with zipfile.ZipFile(archive, "w") as zipped:
            zipped.writestr(member, "x")
    else:
        with tarfile.open(archive, FORMATS[name]) as tarred:  # type: ignore[call-overload]
            info = tarfile.TarInfo(member)
            info.size = 1
            tarred.addfile(info, io.BytesIO(b"x"))
    if name != "a.zip" and member.startswith("/"):  # the data filter of tarfile takes the slash away, and stays inside
        assert (unpacked(archive, tmp_path / "root") / "tmp/out.txt").is_file()
        return
    with pytest.raises(InputError, match="has a member that leads out of it"):
        unpacked(archive, tmp_path / "root")
    assert not list((tmp_path / "root").iterdir())
    assert not (tmp_path / "out.txt").exists()


def test_files_that_are_no_archive_are_refused_and_leave_nothing(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "root"
    pack(photos, tmp_path / "a.tgz")
    whole = (tmp_path / "a.tgz").read_bytes()
    with pytest.raises(InputError, match=r"There is no file .*b\.zip, expected an archive"):
        unpacked(tmp_path / "b.zip", root)
    for content, sentence in {
        b"hello": "is not an archive, expected tar",
        whole[: len(whole) // 2]: "cannot be unpacked",
    }.items():
        (tmp_path / "b.tgz").write_bytes(content)
        with pytest.raises(InputError, match=sentence):
            unpacked(tmp_path / "b.tgz", root)
        assert not list(root.iterdir())

    def full(*arguments: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tarfile, "copyfileobj", full)
    with pytest.raises(InputError, match=r"cannot be unpacked .*No space left on device.* the disk has space"):
        unpacked(tmp_path / "a.tgz", root)
    assert not list(root.iterdir())


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(
    ("limit", "value", "sentence"),
    [
        ("SMALL", 1000, "more than 3 times its size"),
        ("TOTAL", 9999, "more than 9,999 bytes"),
        ("MEMBERS", 2, "more than 2"),
    ],
)
def test_an_archive_has_limits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, limit: str, value: int, sentence: str
) -> None:
    (tmp_path / "zeros").mkdir()
    for number in range(4):
        (tmp_path / "zeros" / f"{number}.bin").write_bytes(bytes(50_000))
    pack(tmp_path / "zeros", tmp_path / name)
    if name == "a.tar" and limit == "SMALL":
        return  # it is not compressed
    if name == "a.zip":
        with zipfile.ZipFile(tmp_path / name, "w", zipfile.ZIP_DEFLATED) as file:
            for path in (tmp_path / "zeros").iterdir():
                file.write(path, path.name)
    monkeypatch.setattr(archives_of_engine, limit, value)
    monkeypatch.setattr(archives_of_engine, "RATIO", 3)
    root = tmp_path / "root"
    with pytest.raises(InputError, match=rf"{name} unpacks to {sentence}.* set trusted_archive to true"):
        unpacked(tmp_path / name, root)
    assert not list(root.iterdir())
    assert (
        sum(path.stat().st_size for path in unpacked(tmp_path / name, root, trusted_archive=True).rglob("*.bin"))
        == 200_000
    )
