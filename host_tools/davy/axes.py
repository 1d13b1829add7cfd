"""How three axes lie to three others, written as names: `["x", "-z", "y"]`. A part can be turned on a board and a tag on its
wearer, but neither can be mirrored: only the 24 rotations pass.
"""

from typing import Any

Turn = tuple[tuple[int, int], tuple[int, int], tuple[int, int]]  # for each new axis: the old one, and its sign

_AXES = {sign + letter: ("xyz".index(letter), -1 if sign else 1) for sign in ("", "-") for letter in "xyz"}
_EVEN = ((0, 1, 2), (1, 2, 0), (2, 0, 1))
_ODD = ((0, 2, 1), (1, 0, 2), (2, 1, 0))


def turn_of(names: Any) -> Turn | None:
    """The rotation that `names` describes; None when it is none."""
    if not isinstance(names, list) or len(names) != 3 or not all(isinstance(n, str) and n in _AXES for n in names):
        return None
    a, b, c = (_AXES[name] for name in names)
    turned_over = a[1] * b[1] * c[1] < 0
    return (a, b, c) if (a[0], b[0], c[0]) in (_ODD if turned_over else _EVEN) else None
