"""The sprite holds every icon that is named whole, and a wrong name stops the build."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.icons import UnknownIcon, icon_names, sprite

DRAWING = '<!-- note -->\n<svg\n  class="x"\n  viewBox="0 0 24 24"\n>\n  <path d="{}" />\n</svg>\n'


@pytest.fixture
def drawings(tmp_path: Path) -> Path:
    folder = tmp_path / "icons"
    folder.mkdir()
    for name in ("truck", "circle-check", "house", "key", "x", "mail"):
        (folder / f"{name}.svg").write_text(DRAWING.format(name))
    return folder


def names_in(tmp_path: Path, drawings: Path, file: str, text: str) -> set[str]:
    app = tmp_path / "app"
    app.mkdir(exist_ok=True)
    (app / file).write_text(text)
    return icon_names(app, drawings)


def test_names_are_found_in_templates(tmp_path: Path, drawings: Path) -> None:
    page = """<a class="mail">{{ icon("truck") }}{{ icon('x', "size-5") }}{% set L = ["circle-check"] %}house</a>"""
    assert names_in(tmp_path, drawings, "page.html", page) == {"truck", "x", "circle-check"}


def test_names_are_found_in_python_tables(tmp_path: Path, drawings: Path) -> None:
    module = 'NAV: list = [("house", "/")]\nkey = "key"\nlink = Link(icon="truck")\n'
    assert names_in(tmp_path, drawings, "nav.py", module) == {"house", "truck"}


@pytest.mark.parametrize(
    "said", ['{{ icon("lorry") }}', "{{ ui.empty(icon='lorry') }}", '{% set X = {"icon": "lorry"} %}']
)
def test_an_unknown_name_says_where_it_stands(tmp_path: Path, drawings: Path, said: str) -> None:
    with pytest.raises(UnknownIcon, match=r"page\.html.*lorry"):
        names_in(tmp_path, drawings, "page.html", said)


def test_the_sprite_has_a_symbol_for_each_name_and_nothing_else(drawings: Path) -> None:
    drawn = sprite({"truck", "house"}, drawings)
    assert drawn.count("<symbol ") == 2
    assert '<symbol id="house" viewBox="0 0 24 24"><path d="house" /></symbol>' in drawn
    assert "class=" not in drawn
