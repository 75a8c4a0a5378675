"""Keeps the Swedish and Danish catalogues in step with the texts in the program.

`python -m tools.translate` finds every text in app/ and tasks/ and brings both catalogues up to date: new texts come in
empty, texts that are gone go. `--check` changes nothing and fails, with a list, when something is not translated,
fuzzy or no longer used, or when placeholders, HTML tags or plural forms differ between a text and its translation.

A text that has changed is a new text: nothing is guessed from one that looks like it.
"""

from __future__ import annotations

import io
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
TRANSLATIONS = ROOT / "app" / "translations"
LANGUAGES = {"sv": "Swedish", "da": "Danish"}
#: The folders whose texts people see.
PLACES = ("app", "tasks")
KEYWORDS = DEFAULT_KEYWORDS | {
    "_l": None,
    "lazy_gettext": None,
    "lazy_ngettext": (1, 2),
    "lazy_pgettext": ((1, "c"), 2),
}
_WIDTH = 110
_PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|\{\w+\}|%%")
_TAG = re.compile(r"</?[a-zA-Z][^>]*>")
_EDGE = re.compile(r"^\s*|\s*$")


class Fault(NamedTuple):
    """Something that is wrong with one text in one language."""

    language: str
    what: str
    text: str
    files: tuple[str, ...]

    def __str__(self) -> str:
        """One line for the list."""
        where = f"  ({', '.join(self.files)})" if self.files else ""
        return f"{self.language}: {self.what}: {self.text!r}{where}"


def main(arguments: list[str]) -> int:
    """Update, or check, from the command line."""
    sources = extract()
    if "--check" not in arguments:
        for language in LANGUAGES:
            count = update(language, sources)
            print(f"{LANGUAGES[language]}: {len(sources)} texts, {count} of them not translated yet.")
        return 0
    faults = [fault for language in LANGUAGES for fault in check(language, sources)]
    for fault in faults:
        print(fault)
    print(f"{len(sources)} texts; {len(faults)} faults in {' and '.join(LANGUAGES.values())}.")
    return 1 if faults else 0


def extract() -> Catalog:
    """Every text of the program, with the files that it stands in."""
    with (TRANSLATIONS / "babel.cfg").open() as settings:
        methods, options = parse_mapping_cfg(settings)  # type: ignore[no-untyped-call]  # Babel leaves it untyped
    found = Catalog(fuzzy=False)
    for place in PLACES:
        texts = extract_from_dir(ROOT / place, methods, options, KEYWORDS)
        for file, _line, text, _comments, context in texts:
            found.add(text, locations=[(f"{place}/{file}", 0)], context=context)
    return found


def update(language: str, sources: Catalog) -> int:
    """Bring one language's catalogue up to date; how many texts still wait for a translation."""
    catalog = read(language)
    catalog.update(sources, no_fuzzy_matching=True)
    write(language, catalog)
    return sum(not _is_filled(message) for message in texts_of(catalog))


def path_of(language: str) -> Path:
    """The file that holds a language's texts."""
    return TRANSLATIONS / language / "LC_MESSAGES" / "messages.po"


def read(language: str) -> Catalog:
    """A language's catalogue as it is on disk; an empty one where there is none."""
    if not path_of(language).exists():
        return Catalog(locale=language, fuzzy=False)
    with path_of(language).open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def write(language: str, catalog: Catalog) -> None:
    """Store a catalogue: sorted, without dates, names and line numbers, so that only texts make a difference."""
    body = io.BytesIO()
    write_po(body, catalog, width=_WIDTH, no_location=True, omit_header=True, sort_output=True, ignore_obsolete=True)
    head = [
        f"# {LANGUAGES[language]} texts of Kontor.",
        'msgid ""',
        'msgstr ""',
        f'"Language: {language}\\n"',
        '"MIME-Version: 1.0\\n"',
        '"Content-Type: text/plain; charset=utf-8\\n"',
        '"Content-Transfer-Encoding: 8bit\\n"',
        f'"Plural-Forms: {catalog.plural_forms}\\n"',
    ]
    path_of(language).parent.mkdir(parents=True, exist_ok=True)
    path_of(language).write_text("\n".join(head) + "\n\n" + body.getvalue().decode().strip() + "\n", encoding="utf-8")


def texts_of(catalog: Catalog) -> Iterator[Message]:
    """The messages of a catalogue without its header."""
    return (message for message in catalog if message.id)


def check(language: str, sources: Catalog) -> Iterator[Fault]:
    """What is wrong with a language: texts without a translation, leftovers, and translations of another form."""
    catalog = read(language)
    yield from missing(language, sources, catalog)
    for message in texts_of(catalog):
        if _find(sources, message) is None:
            yield Fault(language, "no longer used", _first(message), ())
    for message in catalog.obsolete.values():
        yield Fault(language, "no longer used", _first(message), ())
    yield from misshapen(language, catalog)


def missing(language: str, sources: Catalog, catalog: Catalog) -> Iterator[Fault]:
    """The texts of `sources` that have no translation, or one that nobody has looked at."""
    for message in texts_of(sources):
        files = tuple(sorted({file for file, _line in message.locations}))
        found = _find(catalog, message)
        if found is None or not _is_filled(found):
            yield Fault(language, "not translated", _first(message), files)
        elif found.fuzzy:
            yield Fault(language, "fuzzy", _first(message), files)


def misshapen(language: str, catalog: Catalog) -> Iterator[Fault]:
    """Translations that would break a page: other placeholders, tags, plural forms, or white space at the ends."""
    for message in texts_of(catalog):
        if not _is_filled(message):
            continue
        originals, translations = _forms(message.id), _forms(message.string)
        if isinstance(message.id, str) != isinstance(message.string, str) or (
            len(originals) > 1 and len(translations) != catalog.num_plurals
        ):
            yield Fault(language, "other plural forms", _first(message), ())
            continue
        for number, translation in enumerate(translations):
            # The first form may leave the number out, as “one other browser” does; the others follow the last.
            fitting = originals if number == 0 else originals[-1:]
            for what, pattern in (("other placeholders", _PLACEHOLDER), ("other HTML tags", _TAG)):
                if Counter(pattern.findall(translation)) not in [Counter(pattern.findall(one)) for one in fitting]:
                    yield Fault(language, what, _first(message), ())
            if _EDGE.findall(translation) not in [_EDGE.findall(one) for one in fitting]:
                yield Fault(language, "other white space at the ends", _first(message), ())


def _find(catalog: Catalog, message: Message) -> Message | None:
    found: Message | None = catalog.get(_first(message), message.context)
    return found


def _first(message: Message) -> str:
    return _forms(message.id)[0]


def _forms(text: str | Iterable[str] | None) -> list[str]:
    return [text] if isinstance(text, str) else list(text or ())


def _is_filled(message: Message) -> bool:
    return bool(message.string) and all(_forms(message.string))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
