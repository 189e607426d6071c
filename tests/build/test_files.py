# SPDX-License-Identifier: EUPL-1.2
import threading
import time
from pathlib import Path

import pytest

from guidance_graph.build.files import locked, point, replace_file


def test_a_file_is_replaced_whole_and_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "a.ttl"
    path.write_text("old")
    path.chmod(0o600)
    replace_file(path, b"new")
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o600
    replace_file(tmp_path / "b.ttl", b"first")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.ttl", "b.ttl"]


def test_an_error_of_replacing_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "none" / "some.ttl"
    with pytest.raises(OSError, match="No such file") as raised:
        replace_file(path, b"")
    assert raised.value.filename == str(path)


def test_a_link_is_pointed_elsewhere_without_a_moment_of_absence(tmp_path: Path) -> None:
    link = tmp_path / "current"
    point(link, "one")
    absent = []
    stop = threading.Event()

    def watch() -> None:
        while not stop.is_set():
            if not link.is_symlink():
                absent.append(time.perf_counter())

    watcher = threading.Thread(target=watch)
    watcher.start()
    for number in range(200):
        point(link, f"target-{number}")
    stop.set()
    watcher.join()
    assert absent == []
    assert link.readlink() == Path("target-199")
    assert list(tmp_path.iterdir()) == [link]


def test_a_lock_keeps_others_out_until_it_is_let_go(tmp_path: Path) -> None:
    lock = tmp_path / ".lock"
    with locked(lock, 1), pytest.raises(TimeoutError), locked(lock, 0.1):
        pytest.fail("two hold the lock")
    with locked(lock, 0.1):
        assert lock.exists()
