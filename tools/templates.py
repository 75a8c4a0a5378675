"""Checks every template without rendering it: `python -m tools.templates` prints each fault with its place.

A template must parse and name only templates that exist. Pages must keep to the content policy, which runs no inline
script, style or handler; mails (app/templates/emails) may carry styles, for mail programs know nothing else.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, TemplateSyntaxError, meta, nodes

ROOT = Path(__file__).resolve().parents[1]
TEMPLATES = ROOT / "app" / "templates"
_IN_HTML = {
    r"\sstyle\s*=": "style= (a class or an attribute of the drawing instead)",
    r"<style\b": "<style> (app/static/src holds the styles)",
    r"<script\b(?![^>]*\bsrc=)": "inline script (app/static/src holds the scripts)",
    r"\son[a-z]+\s*=": "an on…= handler",
    r"\shx-on\b": "hx-on, which needs eval",
    r"\bjs:|javascript:": "js: or javascript:, which need eval",
    r"\shx-trigger(?::inherited)?\s*=\s*\"[^\"]*\[": "a [filter] in hx-trigger, which needs eval",
}
_IN_JINJA = {r"\|\s*safe\b": "|safe (let Markup come from the code that made it)"}
_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)


def main() -> int:
    """Print the faults; 1 when there are any."""
    files = sorted(file for file in TEMPLATES.rglob("*") if file.suffix in {".html", ".txt", ".svg", ".css", ".ics"})
    faults = [fault for file in files for fault in _faults(file)]
    print("\n".join(faults) if faults else f"{len(files)} templates are whole.")
    return 1 if faults else 0


def _faults(file: Path) -> Iterator[str]:
    text = file.read_text()
    name = file.relative_to(TEMPLATES)
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, extensions=["jinja2.ext.i18n", "jinja2.ext.do"]
    )
    try:
        tree = environment.parse(text)
    except TemplateSyntaxError as fault:
        yield f"{name}:{fault.lineno}: {fault.message}"
        return
    for wanted in meta.find_referenced_templates(tree):
        if wanted is not None and not (TEMPLATES / wanted).exists():
            yield f"{name}: there is no template {wanted}"
    if "emails" not in name.parts and file.suffix == ".html":
        html = _JINJA.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)
        for place, patterns in ((html, _IN_HTML), (text, _IN_JINJA)):
            for pattern, what in patterns.items():
                for found in re.finditer(pattern, place, re.IGNORECASE):
                    yield f"{name}:{place.count(chr(10), 0, found.start()) + 1}: {what}"
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name == "_" and not isinstance(call.args[0], nodes.Const):
            yield f"{name}:{call.lineno}: _( ) of something that is no plain text, so that it cannot be translated"


if __name__ == "__main__":
    sys.exit(main())
