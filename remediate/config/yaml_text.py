"""Reads YAML as people write it: each key once, and no number or truth that only YAML 1.1 sees. Knows no settings."""

from __future__ import annotations

import re
from typing import Any

import yaml

from remediate.texts.language import Sentence


class _TwiceError(yaml.constructor.ConstructorError):
    """A key that stands twice in one section."""

    def __init__(self, key: object, mark: yaml.Mark) -> None:
        super().__init__(problem_mark=mark)
        self.key = key


class _AsWritten(yaml.constructor.SafeConstructor):
    """YAML takes the last of two equal keys and forgets the first: a section added below would drop one above. And it
    takes 20:30 for a number to base sixty, 0104 for one to base eight, and `on` for true: here they are the texts that
    people wrote."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """A mapping of which every key stands there once."""
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise _TwiceError(key.value, key.start_mark)
            if isinstance(key.value, str):
                seen.add(key.value)
        return super().construct_mapping(node, deep)


_PLAIN = {
    "tag:yaml.org,2002:bool": re.compile(r"(?:true|True|TRUE|false|False|FALSE)$"),
    "tag:yaml.org,2002:int": re.compile(r"[-+]?(?:0|[1-9][0-9]*)$"),
    "tag:yaml.org,2002:float": re.compile(
        r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=e))(?:e[-+]?[0-9]+)?$", re.IGNORECASE
    ),
}
"""The numbers and truths that are left of those of YAML 1.1."""
_RESOLVERS = {
    sign: [(tag, _PLAIN.get(tag, pattern)) for tag, pattern in resolvers]
    for sign, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class _Loader(_AsWritten, yaml.SafeLoader):
    """Says best what is wrong, and where."""

    yaml_implicit_resolvers = _RESOLVERS


class _FastLoader(_AsWritten, getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Every command reads the configuration: libyaml takes a tenth of the time, where PyYAML was built with it."""

    yaml_implicit_resolvers = _RESOLVERS


def read_yaml(text: str) -> Any:
    """What the text says, in plain values. Raises `yaml.YAMLError`."""
    try:
        return yaml.load(text, _FastLoader)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError:
        return yaml.load(text, _Loader)  # noqa: S506 - a SafeLoader


def where_and_why(error: yaml.YAMLError) -> Sentence:
    """Where reading ended, and what we know better than the parser how to say; it quotes the file, which may hold
    anything."""
    mark = getattr(error, "problem_mark", None)
    where = Sentence("", "")
    if mark:
        line, column = mark.line + 1, mark.column + 1
        where = Sentence(f" at line {line}, column {column}", f" op regel {line}, kolom {column}")
    if isinstance(error, _TwiceError):
        return Sentence(
            f"{where.en}: {error.key!r} stands there twice", f"{where.nl}: {error.key!r} staat er twee keer"
        )
    if "'\\t'" in str(getattr(error, "problem", "")):
        return Sentence(f"{where.en}: a tab, where YAML takes blanks", f"{where.nl}: een tab, waar YAML spaties wil")
    return where
