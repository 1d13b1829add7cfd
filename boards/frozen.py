"""What a firmware image freezes: the files that `davy deploy` puts on the tag, but for board.json. Each manifest.py includes this.

What no tag loads stands once, in host_tools/davy/deploy.py, and is read from there: MicroPython's build evaluates this file
without Davy's packages. A package's __init__.py that holds words only is left out too, as deploy leaves it out.
"""

import ast
import os


def _not_loaded():
    with open("../host_tools/davy/deploy.py", encoding="utf-8") as file:
        for node in ast.parse(file.read()).body:
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "NOT_LOADED":
                return ast.literal_eval(node.value)
    raise SystemExit("host_tools/davy/deploy.py: there is no NOT_LOADED")


def _only_words(path):
    with open(path, encoding="utf-8") as file:
        body = ast.parse(file.read()).body
    return all(isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) for node in body)


def _files(root, prefix):
    for folder, _, names in sorted(os.walk(root)):
        for name in sorted(names):
            path = os.path.join(folder, name)
            inside = os.path.relpath(path, root).replace(os.sep, "/")
            if not name.endswith(".py") or any(part.startswith(".") for part in inside.split("/")):
                continue
            if (prefix + inside).startswith(_not_loaded()) or (name == "__init__.py" and _only_words(path)):
                continue
            yield inside


freeze("../firmware", tuple(_files("../firmware", "")), opt=2)
freeze("../lib", tuple(_files("../lib", "lib/")), opt=2)
