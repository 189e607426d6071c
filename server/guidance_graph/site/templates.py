# SPDX-License-Identifier: EUPL-1.2
"""Templates and the files that pages are styled with, read once and kept."""

import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from guidance_graph import __version__

TITLE: Final = "guidance-graph"

_HERE: Final = Path(__file__).parent


@dataclass(frozen=True)
class Asset:
    """A file that pages refer to, at an address that changes with it."""

    content: bytes
    media_type: str
    digest: str

    @classmethod
    def read(cls, path: Path) -> "Asset":
        """Read a file."""
        content = path.read_bytes()
        media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        return cls(content, media_type, hashlib.sha256(content).hexdigest()[:16])


class Pages:
    """Renders templates.

    Attributes:
        here: where the server is, with a slash at its end, as far as that is known.
        root: the path of that, which links begin with.
        assets: the files of ``static/``, by name.
    """

    def __init__(self, here: str = "/") -> None:
        """Read all files.

        Args:
            here: address by which the public reaches the server, with a slash at its end.
        """
        self.here = here
        self.root = urlsplit(here).path
        self.assets = {path.name: Asset.read(path) for path in (_HERE / "static").iterdir()}
        self._environment = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals |= {
            "title": TITLE,
            "version": __version__,
            "here": self.here,
            "root": self.root,
            "asset": self._address,
        }

    def render(self, template: str, values: Mapping[str, Any]) -> str:
        """Return a page.

        Args:
            template: a file of ``templates/``.
            values: what it needs; a name that it needs and does not get is an error.
        """
        return self._environment.get_template(template).render(values)

    def _address(self, name: str) -> str:
        return f"{self.root}static/{self.assets[name].digest}/{name}"
