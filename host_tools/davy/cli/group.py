"""How a group of commands is made: typed without a command it shows its help, and lists commands in the order of adding."""

from typing import Any

import typer
from typer.core import TyperGroup


class _InOrder(TyperGroup):
    """Typer lists all commands before all groups; a newcomer wants what to try first."""

    first: tuple[str, ...] = ()

    def list_commands(self, ctx: Any) -> list[str]:
        names = super().list_commands(ctx)
        return sorted(names, key=lambda name: self.first.index(name) if name in self.first else len(self.first))


def group(help_text: str, *first: str) -> typer.Typer:
    """An empty group; `help_text` may hold rich's markup; `first`: commands to list before the others."""
    app = typer.Typer(
        cls=type("InOrder", (_InOrder,), {"first": first}),
        help=help_text,
        rich_markup_mode="rich",
        add_completion=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        pretty_exceptions_enable=False,
    )

    @app.callback(invoke_without_command=True, help=help_text)
    def _(context: typer.Context) -> None:
        if context.invoked_subcommand is None:
            typer.echo(context.get_help())

    return app
