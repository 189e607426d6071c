# SPDX-License-Identifier: EUPL-1.2
"""Which query was meant: one of the library by name, one in a file, or a text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from guidance_graph.engine.text.terms import Term
from guidance_graph.library.library import Library
from guidance_graph.terms.errors import ParameterError, SourceError


@dataclass(frozen=True)
class Question:
    """The text of a query, and the values of its variables."""

    text: str
    bindings: Mapping[str, Term] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        name: str | None,
        file: Path | None,
        text: str | None,
        parameters: Sequence[str],
        folder: Path,
    ) -> Self:
        """The query that was meant.

        Args:
            name: its name in the library.
            file: a file that holds it.
            text: itself.
            parameters: ``name=value`` for each parameter of a query of the library.
            folder: where the library is.

        Raises:
            ParameterError: none or several of the three are given, or the parameters do not fit.
            SourceError: the file or the library cannot be read.
            UnknownQueryError: the library has no such query.
        """
        if sum(given is not None for given in (name, file, text)) != 1:
            raise ParameterError(
                "give one of NAME, --file and --text; the NAME of a topic tells its queries"
            )
        for option, given in (("--text", text), *(("--param", each) for each in parameters)):
            _refuse_no_text(option, given or "")
        if name is not None:
            query = Library.load(folder)[name]
            return cls(query.text, query.bindings(dict(map(_pair, parameters))))
        if parameters:
            raise ParameterError("--param goes with a query of the library, by NAME")
        return cls(text if text is not None else _read(file or Path()))


def _refuse_no_text(option: str, given: str) -> None:
    """Refuse what came as other bytes than the locale has characters for."""
    try:
        given.encode()
    except UnicodeEncodeError as error:
        raise ParameterError(f"{option}: not text in the encoding of this terminal") from error


def _pair(parameter: str) -> tuple[str, str]:
    name, equals, value = parameter.partition("=")
    if not name or not equals:
        raise ParameterError(f"--param {parameter!r}: write it as name=value")
    return name, value


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")  # some editors put a mark before it
    except UnicodeDecodeError as error:
        raise SourceError(file, "not UTF-8; save the file in UTF-8") from error
    except OSError as error:
        raise SourceError(file, f"cannot be read: {error.strerror}") from error
