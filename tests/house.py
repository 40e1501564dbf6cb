"""How the house is built, in figures: `python -m tests.house [FOLDER]`. Reads source only, and asserts nothing.

Lines and files, the largest and the median; modules with one importer, in their own room; class names that occur
twice; methods of the widest Protocol.
"""

from __future__ import annotations

import ast
import sys
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path
from statistics import median

PACKAGE = "remediate"


def modules(top: Path) -> Mapping[str, ast.Module]:
    """Every module of the package by its dotted name."""
    return {
        ".".join(path.relative_to(top).with_suffix("").parts): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted((top / PACKAGE).rglob("*.py"))
    }


def importers(trees: Mapping[str, ast.Module]) -> Mapping[str, set[str]]:
    """Who imports each module."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for name, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                for target in (node.module, *(f"{node.module}.{alias.name}" for alias in node.names)):
                    if target in trees:
                        found[target].add(name)
    return found


def room_of(module: str) -> str:
    """The folder in which a module stands."""
    return module.rpartition(".")[0]


def doubled(top: Path) -> list[str]:
    """Class names that occur twice."""
    names = Counter(n.name for tree in modules(top).values() for n in tree.body if isinstance(n, ast.ClassDef))
    return sorted(name for name, often in names.items() if often > 1)


def bases_of(node: ast.ClassDef) -> list[str]:
    """Names of a class's bases."""
    return [base.id for base in node.bases if isinstance(base, ast.Name)]


def methods(node: ast.ClassDef, ports: Mapping[str, ast.ClassDef]) -> int:
    """Methods of a Protocol, with those that it inherits from others."""
    own = sum(isinstance(part, ast.FunctionDef) for part in node.body)
    return own + sum(methods(ports[name], ports) for name in bases_of(node) if name in ports)


STEPS = ("survey", "probe", "plan", "review", "night", "messages", "measure", "audit")
"""The rooms that ask the world through ports."""


def ports_of(top: Path) -> Mapping[str, ast.ClassDef]:
    """Every Protocol of `ports.py` by name."""
    parts = modules(top)[f"{PACKAGE}.ports"].body
    return {node.name: node for node in parts if isinstance(node, ast.ClassDef)}


def uncalled(top: Path) -> list[str]:
    """Methods of ports that no step ever names."""
    steps = [tree for name, tree in modules(top).items() if name.split(".")[1:2] and name.split(".")[1] in STEPS]
    named = {node.attr for tree in steps for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return sorted(
        f"{port.name}.{part.name}"
        for port in ports_of(top).values()
        for part in port.body
        if isinstance(part, ast.FunctionDef) and part.name not in named
    )


def widest_port(top: Path) -> int:
    """Methods of the widest Protocol of the house, with what it inherits."""
    classes = [n for tree in modules(top).values() for n in tree.body if isinstance(n, ast.ClassDef)]
    ports = {node.name: node for node in classes if "Protocol" in bases_of(node)}
    return max(methods(node, ports) for node in ports.values())


def figures(top: Path) -> Mapping[str, float]:
    """The figures of the house under a folder."""
    trees = modules(top)
    lines = [len(path.read_text(encoding="utf-8").splitlines()) for path in (top / PACKAGE).rglob("*.py")]
    asked = importers(trees)
    alone = [m for m, by in asked.items() if len(by) == 1 and room_of(next(iter(by))) == room_of(m)]
    return {
        "lines": sum(lines),
        "files": len(lines),
        "median lines of a file with code": median(n for n in lines if n),
        "lines of the longest file": max(lines),
        "modules with one importer, in its own room": len(alone),
        "class names that occur twice": len(doubled(top)),
        "methods of the widest port, with what it inherits": widest_port(top),
        "modules in the fullest room": max(Counter(room_of(m) for m in trees).values()),
    }


if __name__ == "__main__":
    for name, value in figures(Path(sys.argv[1] if len(sys.argv) > 1 else ".")).items():
        print(f"{value:8g}  {name}")
