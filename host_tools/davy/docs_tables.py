"""Tables in pages that are otherwise written by hand: each stands between `<!-- name -->` and the next `<!-- end -->`."""

import re
from collections.abc import Iterable, Mapping


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Lines of Markdown."""
    head = tuple(head)
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, ("---",) * len(head), *rows))


def filled(text: str, tables: Mapping[str, str]) -> str:
    """The page with its tables as they should be. Raises ValueError for one that has no place in it."""
    for name, lines in tables.items():
        text, times = re.subn(
            rf"(<!-- {re.escape(name)} -->\n).*?(<!-- end -->)",
            lambda at, lines=lines: at[1] + lines + "\n" + at[2],
            text,
            flags=re.S,
        )
        if times != 1:
            raise ValueError(f"there is no place for the table '{name}'")
    return text
