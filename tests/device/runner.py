"""Runs the test functions of one device test file and says how each ended; the same on CPython and MicroPython.

    runner.py FILE.py [NAME ...]     NAME: only these functions, in this order; without names all, in the file's order

A line of its own marks each step, everything between RUN and the result is what the test printed (a failure ends with the
traceback):

    @@ RUN name      @@ PASS name      @@ FAIL name      @@ END tests failed
"""

import gc
import sys

MARK = "@@"


def names_in(path: str) -> list:
    """Test functions in the order of the file: a module's dictionary has no order on MicroPython."""
    names = []
    with open(path) as source:
        for line in source:
            words = line.replace("(", " ").split()
            if line.startswith(("def test_", "async def test_")):
                names.append(words[words.index("def") + 1])
    return names


def show(error: BaseException) -> None:
    """The traceback on standard output."""
    if hasattr(sys, "print_exception"):
        sys.print_exception(error)
    else:
        import traceback

        traceback.print_exception(error, file=sys.stdout)


def run(function) -> None:
    """Call a test; one that is `async def` runs in its own event loop."""
    waits = function()
    if hasattr(waits, "send"):
        import asyncio

        asyncio.run(waits)


def main(path: str, names: list) -> int:
    """Run the tests of one file; return how many failed."""
    folder, _, name = path.rpartition("/")
    sys.path.insert(0, folder or ".")
    module = __import__(name[: -len(".py")])
    names = names or names_in(path)
    failed = 0
    for name in names:
        gc.collect()
        print(MARK, "RUN", name)
        try:
            run(getattr(module, name))
        except Exception as error:
            show(error)
            print(MARK, "FAIL", name)
            failed += 1
        else:
            print(MARK, "PASS", name)
    print(MARK, "END", len(names), failed)
    return failed


if __name__ == "__main__":
    sys.exit(1 if main(sys.argv[1], sys.argv[2:]) else 0)
