"""The icons that the program uses, gathered into one sprite of lucide's drawings.

A name counts when it is written whole: as `icon("truck")`, `icon="truck"` or `"icon": "truck"`, where it must exist,
and as any string in a template's expression or in a Python table in capitals, where it counts when lucide knows it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment, TemplateSyntaxError

_SAID = re.compile(r"""\bicon(?:\(|\s*=|["']\s*:)\s*["']([a-z0-9-]+)["']""")
_DRAWING = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)


class UnknownIcon(Exception):
    """A name that lucide has no drawing for; the text says where it stands."""


def icon_names(app: Path, drawings: Path) -> set[str]:
    """The names that templates and Python files under `app` use; raises UnknownIcon."""
    known = {drawing.stem for drawing in drawings.glob("*.svg")}
    names: set[str] = set()
    for file in sorted([*app.rglob("*.html"), *app.rglob("*.py")]):
        text = file.read_text()
        said = set(_SAID.findall(text))
        if said - known:
            raise UnknownIcon(f"{file}: lucide has no icon named {', '.join(sorted(said - known))}")
        names |= said | (known & set(_strings(file, text)))
    return names


def sprite(names: set[str], drawings: Path) -> str:
    """One SVG document with a symbol for each name; who uses one says colour and width of the lines."""
    symbols = []
    for name in sorted(names):
        drawing = _DRAWING.search((drawings / f"{name}.svg").read_text())
        if drawing is None:
            raise UnknownIcon(f"lucide's drawing of {name} cannot be read")
        lines = re.sub(r"\s*\n\s*", "", drawing[1])
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{lines}</symbol>')
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def _strings(file: Path, text: str) -> Iterator[str]:
    return _in_template(text) if file.suffix == ".html" else _in_tables(ast.parse(text, str(file)))


def _in_template(text: str) -> Iterator[str]:
    try:
        tokens = list(Environment(autoescape=True).lex(text))
    except TemplateSyntaxError:  # the check of the templates says it better
        return
    yield from (value[1:-1] for _line, kind, value in tokens if kind == "string")


def _in_tables(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(target, ast.Name) and target.id.isupper() for target in targets):
                constants = (inner for inner in ast.walk(node.value) if isinstance(inner, ast.Constant))
                yield from (constant.value for constant in constants if isinstance(constant.value, str))
