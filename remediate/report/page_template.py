"""The templates of pages and letters: whatever is put into one is made safe on the way, as text and as HTML."""

from __future__ import annotations

from functools import lru_cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template, select_autoescape
from markupsafe import Markup

from remediate.report.palette import Ink, style
from remediate.texts.printable import printable


@lru_cache(maxsize=32)
def page_template(name: str, *, trim: bool = False) -> Template:
    """A template of this package; `trim` takes away the line ends that its own tags leave. Plain text is no HTML."""
    environment = Environment(
        loader=PackageLoader("remediate.report"),
        autoescape=select_autoescape(default=True, disabled_extensions=("txt.j2",)),
        undefined=StrictUndefined,
        finalize=_seen,
        trim_blocks=trim,
        lstrip_blocks=trim,
    )
    environment.globals["ink"] = Ink
    environment.globals["palette"] = Markup(style())  # noqa: S704 - our own colours
    return environment.get_template(name)


def _seen(value: object) -> object:
    """Our own drawings are HTML already; any other text may come from outside."""
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value
