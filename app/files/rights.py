"""Who may see a file: each feature says it of its own kinds; of what nobody speaks, nobody sees anything."""

from collections.abc import Callable

from app.files.models import StoredFile

Rule = Callable[[StoredFile], bool]
_rules: dict[str, Rule] = {}
_open: set[str] = set()


def seen_by(kind: str, *, is_public: bool = False) -> Callable[[Rule], Rule]:
    """The decorated function says whether whoever is asking may see that file of this kind.

    `is_public` says that the answer is the same for everybody, so that browsers may keep it.
    """

    def register(rule: Rule) -> Rule:
        _rules[kind] = rule
        if is_public:
            _open.add(kind)
        return rule

    return register


def may_see(file: StoredFile) -> bool:
    """Whether whoever is asking may see it."""
    rule = _rules.get(file.kind)
    return rule is not None and rule(file)


def is_public(file: StoredFile) -> bool:
    """Whether everybody sees the same of it."""
    return file.kind in _open
