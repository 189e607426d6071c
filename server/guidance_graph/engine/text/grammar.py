# SPDX-License-Identifier: EUPL-1.2
"""The grammar of SPARQL 1.1 queries (section 19.8), and where a text first departs from it.

Oxigraph decides what a query is; its parser tries one reading after another, and names as the place
of an error the furthest that any of them looked. The grammar is LL(1): one token ahead decides, so
here the first token that fits nothing is the place, and what would have fitted is known. It is a
little wider than the standard (it takes a path in a CONSTRUCT template), never narrower.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from guidance_graph.engine.text.tokens import Token

GRAMMAR: Final = """
Query = Prologue ( Select | Construct | Describe | Ask ) Values? @end
Prologue = ( BASE @iri | PREFIX @prefix @iri )*
Select = SelectClause Dataset* Where Modifiers
SubSelect = SelectClause Where Modifiers Values?
SelectClause = SELECT ( DISTINCT | REDUCED )? ( ( @variable | As )+ | '*' )
As = '(' Expression AS @variable ')'
Construct = CONSTRUCT ( Template Dataset* Where Modifiers | Dataset* WHERE Template Modifiers )
Template = '{' Triples? '}'
Describe = DESCRIBE ( VariableOrIri+ | '*' ) Dataset* Where? Modifiers
Ask = ASK Dataset* Where Modifiers
Dataset = FROM NAMED? Iri
Where = WHERE? Group
Modifiers = ( GROUP BY Grouping+ )? ( HAVING Constraint+ )? ( ORDER BY Ordering+ )? Slice?
Slice = LIMIT @number ( OFFSET @number )? | OFFSET @number ( LIMIT @number )?
Grouping = @variable | Call | '(' Expression ( AS @variable )? ')'
Ordering = @variable | Constraint | ( ASC | DESC ) Bracketed
Constraint = Bracketed | Call
Values = VALUES Data
Data = @variable '{' Value* '}' | '(' @variable* ')' '{' ( '(' Value* ')' )* '}'
Value = Iri | Literal | UNDEF
Group = '{' ( SubSelect | Triples? ( Pattern '.'? Triples? )* ) '}'
Pattern = Union | ( OPTIONAL | MINUS | LATERAL ) Group | GRAPH VariableOrIri Group
        | SERVICE SILENT? VariableOrIri Group | FILTER Constraint | BIND As | Values
Union = Group ( UNION Group )*
Triples = Triple ( '.' Triple? )*
Triple = Term Predicates | Node Predicates?
Predicates = Predicate Objects ( ';' ( Predicate Objects )? )*
Predicate = @variable | Path
Objects = Object ( ',' Object )*
Object = Term | Node
Node = '(' Object* ')' | '[' Predicates? ']'
Path = Sequence ( '|' Sequence )*
Sequence = Step ( '/' Step )*
Step = '^'? ( Iri | 'a' | '!' Negated | '(' Path ')' ) ( '?' | '*' | '+' )?
Negated = Link | '(' ( Link ( '|' Link )* )? ')'
Link = '^'? ( Iri | 'a' )
Term = @variable | Iri | Literal | @blank
VariableOrIri = @variable | Iri
Iri = @iri | @name | @prefix
Literal = String | ( '+' | '-' )? @number | TRUE | FALSE
String = @string ( @language | '^^' Iri )?
Expression = Conjunction Or*
Or = '||' Conjunction
Conjunction = Relation And*
And = '&&' Relation
Relation = Sum Compare?
Compare = ( '=' | '!=' | '<' | '>' | '<=' | '>=' ) Sum | NOT? IN List
List = '(' ( Expression ( ',' Expression )* )? ')'
Sum = Product Add*
Add = ( '+' | '-' ) Product
Product = Unary Multiply*
Multiply = ( '*' | '/' ) Unary
Unary = ( '!' | '+' | '-' ) Unary | Primary
Primary = Bracketed | BuiltIn | Iri Arguments? | String | @number | TRUE | FALSE | @variable
Bracketed = '(' Expression ')'
Call = BuiltIn | Iri Arguments
BuiltIn = @function Arguments | NOT? EXISTS Group
Arguments = '(' ( DISTINCT? ( '*' | Expression ( ',' Expression )* Separator? ) )? ')'
Separator = ';' SEPARATOR '=' @string
"""

#: Functions and aggregates of SPARQL 1.1 (sections 17.4 and 18.5), and those of RDF 1.2 terms.
_FUNCTION_NAMES: Final = """
ABS AVG BNODE BOUND CEIL COALESCE CONCAT CONTAINS COUNT DATATYPE DAY ENCODE_FOR_URI FLOOR
GROUP_CONCAT HOURS IF IRI ISBLANK ISIRI ISLITERAL ISNUMERIC ISTRIPLE ISURI LANG LANGMATCHES
LCASE MAX MD5 MIN MINUTES MONTH NOW OBJECT PREDICATE RAND REGEX REPLACE ROUND SAMETERM SAMPLE
SECONDS SHA1 SHA256 SHA384 SHA512 STR STRAFTER STRBEFORE STRDT STRENDS STRLANG STRLEN STRSTARTS
STRUUID SUBJECT SUBSTR SUM TIMEZONE TRIPLE TZ UCASE URI UUID YEAR
"""
FUNCTIONS: Final = frozenset(_FUNCTION_NAMES.split())

_SYMBOL: Final = re.compile(r"'[^']+'|@?\w+|[()|*+?]")


@dataclass(frozen=True)
class Sequence:
    """One thing after the other."""

    parts: tuple["Node", ...]


@dataclass(frozen=True)
class Choice:
    """One thing or another."""

    options: tuple["Node", ...]


@dataclass(frozen=True)
class Repeat:
    """A thing so often: at least once or not at all, once or more."""

    part: "Node"
    least: int
    endless: bool


#: A string is a terminal, or the name of a rule.
Node = Sequence | Choice | Repeat | str


@dataclass(frozen=True)
class Departure:
    """The first token that fits nothing, or None for the end of the text; and what would fit."""

    token: Token | None
    expected: tuple[Node, ...]


def departure(words: list[Token]) -> Departure | None:
    """Return where a query first departs from the grammar, or None where it does not.

    Raises:
        RecursionError: it is nested more deeply than a person writes.
    """
    walk = _Walk(words)
    if walk.take("Query"):
        return None
    return Departure(words[walk.place] if walk.place < len(words) else None, tuple(walk.tried))


@cache
def rules() -> dict[str, Node]:
    """Return the grammar as a node for each rule."""
    joined = GRAMMAR.strip().replace("\n        ", " ")
    named = (line.split(" = ", 1) for line in joined.splitlines())
    return {name: _choice(_SYMBOL.findall(body), [0]) for name, body in named}


@cache
def first(node: Node) -> frozenset[str]:
    """Return the terminals that a node can begin with."""
    match node:
        case str():
            return first(rules()[node]) if node in rules() else frozenset((node,))
        case Choice(options):
            return frozenset().union(*map(first, options))
        case Repeat(part):
            return first(part)
        case Sequence(parts):
            begins: frozenset[str] = frozenset()
            for part in parts:
                begins |= first(part)
                if not optional(part):
                    break
            return begins


@cache
def optional(node: Node) -> bool:
    """Whether a node can be nothing."""
    match node:
        case str():
            return node in rules() and optional(rules()[node])
        case Choice(options):
            return any(map(optional, options))
        case Repeat(part, least):
            return least == 0 or optional(part)
        case Sequence(parts):
            return all(map(optional, parts))


def terminal(token: Token) -> str:
    """Return what the grammar calls a token."""
    match token.kind:
        case "word":
            word = token.keyword
            return "'a'" if token.text == "a" else "@function" if word in FUNCTIONS else word
        case "mark":
            return f"'{token.text}'"
        case "name" if token.text.endswith(":") and token.text.count(":") == 1:
            return "@prefix"
        case kind:
            return f"@{kind}"


class _Walk:
    """A walk along the tokens, as the grammar leads."""

    def __init__(self, words: list[Token]) -> None:
        self._terminals = [*map(terminal, words), "@end"]
        self.tried: list[Node] = []
        self.place = 0

    def take(self, node: Node) -> bool:
        """Go along a node; return whether it fitted."""
        if not self._fits(node):
            return optional(node)
        match node:
            case str() if node in rules():
                return self.take(rules()[node])
            case str():
                self.place += 1
                self.tried.clear()
                return True
            case Choice(options):
                return self.take(next(option for option in options if self._fits(option)))
            case Sequence(parts):
                return all(self.take(part) for part in parts)
            case Repeat(part):
                return self._take_again(part, node.endless)

    def _take_again(self, part: Node, endless: bool) -> bool:
        while self.take(part):
            if not (endless and self._fits(part)):
                return True
        return False

    def _fits(self, node: Node) -> bool:
        """Whether the next token can begin a node; if not, the node is remembered as tried."""
        if self.place < len(self._terminals) and self._terminals[self.place] in first(node):
            return True
        self.tried.append(node)
        return False


def _choice(symbols: list[str], place: list[int]) -> Node:
    """Read alternatives, up to a closing bracket or the end."""
    options = [_sequence(symbols, place)]
    while place[0] < len(symbols) and symbols[place[0]] == "|":
        place[0] += 1
        options.append(_sequence(symbols, place))
    return options[0] if len(options) == 1 else Choice(tuple(options))


def _sequence(symbols: list[str], place: list[int]) -> Node:
    parts = list(_parts(symbols, place))
    return parts[0] if len(parts) == 1 else Sequence(tuple(parts))


def _parts(symbols: list[str], place: list[int]) -> Iterator[Node]:
    while place[0] < len(symbols) and symbols[place[0]] not in ("|", ")"):
        part: Node = symbols[place[0]]
        place[0] += 1
        if part == "(":
            part = _choice(symbols, place)
            place[0] += 1
        if place[0] < len(symbols) and (mark := symbols[place[0]]) in ("?", "*", "+"):
            part = Repeat(part, 1 if mark == "+" else 0, mark != "?")
            place[0] += 1
        yield part
