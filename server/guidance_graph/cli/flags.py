# SPDX-License-Identifier: EUPL-1.2
"""A flag for each setting, made of ``Settings`` when a command line needs them."""

from collections.abc import Iterable
from functools import cache
from inspect import Parameter, Signature
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer
from typer.core import TyperCommand

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo


class WithFlags(TyperCommand):
    """A command that has the flags, and finds in ``obj`` of its context which were given."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the flags, and the command's own."""
        return [*_flags(), *super().get_params(ctx)]

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        ctx.obj, ctx.params = ctx.params, {}
        return super().invoke(ctx)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write the settings that are no flags."""
        from guidance_graph.terms.settings import Settings

        super().format_epilog(ctx, formatter)
        with formatter.section("Secrets, by environment only"):
            formatter.write_dl(
                [
                    (variable(name), field.description)
                    for name, field in Settings.model_fields.items()
                    if _secret(field)
                ]
            )


def flag(name: str) -> str:
    """The flag of a setting."""
    return f"--{name.replace('_', '-')}"


def variable(name: str) -> str:
    """The variable of the environment that sets a setting."""
    from guidance_graph.terms.settings import Settings

    return f"{Settings.model_config['env_prefix']}{name}".upper()


def unknown_variables(environment: Iterable[str]) -> list[str]:
    """Return the variables of an environment that look like settings, and set none."""
    from guidance_graph.terms.settings import Settings

    known = {variable(name) for name in Settings.model_fields}
    prefix = variable("")
    return sorted(
        each
        for each in environment
        if each.upper().startswith(prefix) and each.upper() not in known
    )


@cache
def _flags() -> list[Any]:
    """The flags as typer makes them of a signature; their values are left to ``Settings``."""
    from guidance_graph.terms.settings import Settings

    def given() -> None: ...

    given.__signature__ = Signature(  # type: ignore[attr-defined]
        [
            Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=_option(name, field))
            for name, field in Settings.model_fields.items()
            if not _secret(field)
        ]
    )
    maker = typer.Typer(add_completion=False)
    maker.command()(given)
    return typer.main.get_command(maker).params


def _option(name: str, field: "FieldInfo") -> Any:
    default = "" if field.default is None else f"; default: {field.default}"
    text = f"{field.description} [env var: {variable(name)}{default}]"
    if field.annotation is bool:
        names = f"{flag(name)}/{flag(f'no_{name}')}"
        return Annotated[bool | None, typer.Option(names, help=text)]
    option = typer.Option(flag(name), help=text, metavar=_metavar(field))
    return Annotated[str | None, option]


def _metavar(field: "FieldInfo") -> str:
    from pydantic import AnyHttpUrl

    kind = next(iter(get_args(field.annotation)), field.annotation)  # without its ``| None``
    kinds = {int: "INTEGER", float: "NUMBER", Path: "PATH", AnyHttpUrl: "URL"}
    return kinds.get(kind, "TEXT")  # type: ignore[arg-type]


def _secret(field: "FieldInfo") -> bool:
    from pydantic import SecretStr

    return SecretStr in (field.annotation, *get_args(field.annotation))
