"""The check of the templates finds what the content policy and Jinja would refuse later."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import templates


@pytest.fixture
def pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(templates, "TEMPLATES", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "fault",
    [
        "{% if %}",
        "{% extends 'nowhere.html' %}",
        '<p style="color: red">',
        "<style>p {}</style>",
        "<script>alert()</script>",
        '<button onclick="go()">',
        '<form hx-on:click="go()">',
        '<p hx-vals="js:{}">',
        """<a hx-trigger="keyup[key == 'x']">""",
        "{{ body | safe }}",
        "{{ _(name) }}",
    ],
)
def test_a_fault_is_found(pages: Path, capsys: pytest.CaptureFixture[str], fault: str) -> None:
    (pages / "page.html").write_text(fault)
    assert templates.main() == 1
    assert "page.html" in capsys.readouterr().out


@pytest.mark.parametrize(
    "fine",
    [
        '{% set one = field %}{{ ui.chart(style="bars", onset=1) }}',
        '<script src="{{ asset("app.js") }}" defer></script>',
        '<a hx-trigger="bookings from:#live">{{ _("Cancel") }}</a>',
        "{% trans %}Hello{% endtrans %}",
    ],
)
def test_what_is_allowed_passes(pages: Path, fine: str) -> None:
    (pages / "page.html").write_text(fine)
    assert templates.main() == 0


def test_mails_may_carry_styles(pages: Path) -> None:
    (pages / "emails" / "moved").mkdir(parents=True)
    (pages / "emails" / "moved" / "body.html").write_text('<p style="color: red">')
    assert templates.main() == 0
