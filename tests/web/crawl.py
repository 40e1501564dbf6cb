"""Follows every link and finds every form of the pages, as a browser of one role."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

from lxml import html

MOST = 150
"""Addresses; pages of one kind are tried a few times, not by the hundred."""
_OF_A_KIND = 4


@dataclass(frozen=True)
class Found:
    """What one address answered."""

    address: str
    status: int
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)


@dataclass
class Crawl:
    """Everything that one role came to see."""

    pages: dict[str, Found] = field(default_factory=dict)
    forms: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)  # method and action: its fields


def kind_of(address: str) -> tuple[str, ...]:
    """Addresses of one kind differ in what names a study, plan or batch alone."""
    parts = urlsplit(address)
    names = sorted(pair.partition("=")[0] for pair in parts.query.split("&") if pair)
    return (*("*" if any(sign.isdigit() for sign in part) else part for part in parts.path.split("/")), *names)


def crawl(client: Any, *start: str) -> Crawl:
    """From the first page, or from others, within this host; nothing is sent but GET."""
    found, waiting, kinds = Crawl(), list(start) or ["/"], dict[tuple[str, ...], int]()
    while waiting and len(found.pages) < MOST:
        address = waiting.pop(0)
        kind = kind_of(address)
        is_enough = kinds.get(kind, 0) >= _OF_A_KIND and address not in start
        if address in found.pages or is_enough or address.endswith("/events"):
            continue
        kinds[kind] = kinds.get(kind, 0) + 1
        answer = client.get(address)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        found.pages[address] = Found(address, answer.status_code, body, dict(answer.headers))
        if answer.status_code in (301, 302):
            waiting.append(urljoin(address, answer["Location"]))
        elif answer["Content-Type"].startswith("text/html") and body:
            waiting += _links(body, address)
            for form in html.fromstring(body).iter("form"):
                action = urljoin(address, form.get("action") or address)
                fields = tuple(sorted({one.get("name") for one in form.iter("input", "select", "textarea", "button")
                                       if one.get("name")}))  # fmt: skip
                found.forms.setdefault((form.get("method", "get").lower(), action), fields)
    return found


def _links(body: bytes, address: str) -> Iterator[str]:
    for element in html.fromstring(body).iter("a", "link", "script"):
        target = element.get("href") or element.get("src")
        if target and not target.startswith(("#", "http:", "https:", "data:", "mailto:")):
            yield urljoin(address, target.partition("#")[0])
