"""Reads YAML as people write it: each key once, and no number that only YAML 1.1 sees. Knows no settings."""

from __future__ import annotations

import re
from typing import Any

import yaml


class _TwiceError(yaml.constructor.ConstructorError):
    """A key that stands twice in one section."""


class _Loader(yaml.SafeLoader):
    """YAML takes the last of two equal keys and forgets the first: a section added below would drop one above. And it
    takes 20:30 for a number to base sixty, 0104 for one to base eight: here they are the texts that people wrote."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """A mapping of which every key stands there once."""
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise _TwiceError(problem=f"{key.value!r} stands there twice", problem_mark=key.start_mark)
            if isinstance(key.value, str):
                seen.add(key.value)
        return super().construct_mapping(node, deep)


_DECIMAL = {
    "tag:yaml.org,2002:int": re.compile(r"[-+]?(?:0|[1-9][0-9]*)$"),
    "tag:yaml.org,2002:float": re.compile(
        r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=e))(?:e[-+]?[0-9]+)?$", re.IGNORECASE
    ),
}
"""The numbers that are left of those of YAML 1.1."""
_Loader.yaml_implicit_resolvers = {
    sign: [(tag, _DECIMAL.get(tag, pattern)) for tag, pattern in resolvers]
    for sign, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_yaml(text: str) -> Any:
    """What the text says, in plain values. Raises `yaml.YAMLError`."""
    return yaml.load(text, _Loader)  # noqa: S506 - a SafeLoader


def where_and_why(error: yaml.YAMLError) -> str:
    """Where reading ended, and what we know better than the parser how to say; it quotes the file, which may hold
    anything."""
    mark = getattr(error, "problem_mark", None)
    where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
    if isinstance(error, _TwiceError):
        return f"{where}: {error.problem}"
    is_tab = "'\\t'" in str(getattr(error, "problem", ""))
    return f"{where}: a tab, where YAML takes blanks" if is_tab else where
