# SPDX-License-Identifier: EUPL-1.2
"""Programs that pip does not install: where they are, and what a test does where they are not."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final, NoReturn

import pytest

#: Where CI has installed them (``make clients-debian``), a missing one is a failure and no skip.
REQUIRED: Final = os.environ.get("CLIENT_TOOLS") == "required"

_PATIENCE: Final = 120


def program(name: str, package: str) -> str:
    """The path of a program; without it the test is skipped, and says so."""
    path = shutil.which(name)
    if path is None:
        missing(f"{name} is not installed; Debian has it in {package}")
    return path


def missing(reason: str) -> NoReturn:
    """Skip the test for want of a program, or fail where it was to be there."""
    if REQUIRED:
        pytest.fail(reason)
    pytest.skip(reason)


def output(*command: str | Path, **options: Any) -> str:
    """What a program prints, once it has ended well; whatever proxies are set, it uses none."""
    environment = {
        name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")
    }
    done = subprocess.run(
        [str(each) for each in command],
        capture_output=True,
        check=False,
        encoding="utf-8",
        env=environment | {"LC_ALL": "C.UTF-8"},
        timeout=_PATIENCE,
        **options,
    )
    printed: str = done.stdout
    assert done.returncode == 0, f"{command[0]} ended with {done.returncode}:\n{done.stderr}"
    return printed
