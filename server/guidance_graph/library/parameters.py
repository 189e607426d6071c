# SPDX-License-Identifier: EUPL-1.2
"""Parameters of a library query: what type each has, and the RDF term that a text stands for."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from guidance_graph.engine.text.terms import XSD, Iri, Literal, Term
from guidance_graph.terms.errors import ParameterError
from guidance_graph.terms.namespaces import PREFIXES

_PREFIXED: Final = re.compile(r"([a-z][a-z0-9-]*):([A-Za-z0-9][A-Za-z0-9._/#-]*)")
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,18}")
_DECIMAL: Final = re.compile(r"[+-]?([0-9]{1,18}(\.[0-9]{0,18})?|\.[0-9]{1,18})")
_LANGUAGE: Final = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
_BOOLEANS: Final = {"true": "true", "1": "true", "false": "false", "0": "false"}


class ParameterType(StrEnum):
    """The types that a parameter can have."""

    IRI = "iri"
    STRING = "string"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    DATE = "date"
    LANGUAGE = "language"


_EXPECTED: Final = {
    ParameterType.IRI: (
        "an absolute IRI, or a name with a prefix of this graph such as fi:te-offices"
    ),
    ParameterType.STRING: "a text",
    ParameterType.INTEGER: "a whole number such as 18",
    ParameterType.DECIMAL: "a number such as 7.5",
    ParameterType.BOOLEAN: "true or false",
    ParameterType.DATE: "a date such as 2024-09-01",
    ParameterType.LANGUAGE: "a language tag such as en or nl-BE",
}


@dataclass(frozen=True)
class Parameter:
    """A variable of a query that whoever runs it gives a value.

    Attributes:
        name: the variable, without question mark.
        type: what values it takes.
        default: the value where none is given, or None.
        optional: whether the variable may be left free, so that it stands for every value.
        scheme: the concept scheme that its values are from.
        class_: the class that its values are instances of.
        description: what it means, in English.
    """

    name: str
    type: ParameterType
    default: str | None = None
    optional: bool = False
    scheme: str | None = None
    class_: str | None = None
    description: str | None = None

    @property
    def required(self) -> bool:
        """Whether the query cannot run without a value."""
        return self.default is None and not self.optional

    def term(self, value: str) -> Term:
        """Return the RDF term that a text stands for.

        Raises:
            ParameterError: it is not of the type.
        """
        term = _TERMS[self.type](value if self.type is ParameterType.STRING else value.strip())
        if term is None:
            shown = value if len(value) <= 60 else f"{value[:60]}…"
            raise ParameterError(
                f"parameter {self.name} must be {_EXPECTED[self.type]}, not {shown!r}"
            )
        return term


def _iri(value: str) -> Iri | None:
    prefixed = _PREFIXED.fullmatch(value)
    if prefixed is not None and prefixed[1] in PREFIXES:
        value = PREFIXES[prefixed[1]] + prefixed[2]
    try:
        return Iri(value)
    except ParameterError:
        return None


def _integer(value: str) -> Literal | None:
    return Literal(str(int(value)), XSD + "integer") if _INTEGER.fullmatch(value) else None


def _decimal(value: str) -> Literal | None:
    return Literal(f"{Decimal(value):f}", XSD + "decimal") if _DECIMAL.fullmatch(value) else None


def _boolean(value: str) -> Literal | None:
    name = _BOOLEANS.get(value.lower())
    return None if name is None else Literal(name, XSD + "boolean")


def _date(value: str) -> Literal | None:
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return None
    return Literal(day.isoformat(), XSD + "date")


def _language(value: str) -> Literal | None:
    return Literal(value.lower()) if _LANGUAGE.fullmatch(value) else None


#: For each type, what makes a term of a text, or None of a text that is not of the type.
_TERMS: Final[Mapping[ParameterType, Callable[[str], Term | None]]] = {
    ParameterType.IRI: _iri,
    ParameterType.STRING: Literal,
    ParameterType.INTEGER: _integer,
    ParameterType.DECIMAL: _decimal,
    ParameterType.BOOLEAN: _boolean,
    ParameterType.DATE: _date,
    ParameterType.LANGUAGE: _language,
}
