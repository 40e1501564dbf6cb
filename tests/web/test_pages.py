"""A crawl as each role: nothing fails, nothing is shown that was not revealed, every answer keeps browsers strict."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from lxml import html

from remediate.records.roles import Role
from remediate.report.leak_scan import numbers_in
from tests.web.crawl import Crawl, crawl
from tests.web.pages import Pages


@pytest.fixture(scope="module")
def crawled(pages: Pages) -> Mapping[Role, Crawl]:
    """As each role, in turn in English and in Dutch."""
    found = {}
    for number, role in enumerate(Role):
        client = pages.new_client(role.value, headers={"accept-language": ("en", "nl")[number % 2]})
        found[role] = crawl(client)
    return found


def test_every_page_answers(crawled: Mapping[Role, Crawl]) -> None:
    odd = {(role, one.address, one.status) for role, seen in crawled.items() for one in seen.pages.values()
           if one.status not in (200, 302)}  # fmt: skip
    assert odd == set()
    assert {role: len(seen.pages) for role, seen in crawled.items() if len(seen.pages) < 12} == {}


def test_every_section_that_a_role_may_open_stands_in_its_menu(crawled: Mapping[Role, Crawl]) -> None:
    for role, seen in crawled.items():
        of_studies = {Role.VIEWER: set(), Role.REVIEWER: {"/queue", "/ledger"}}.get(role, {"/ledger"})
        menu = html.fromstring(seen.pages["/"].body).xpath("//header//nav//a/@href")
        assert set(menu) == {"/", "/plans", "/night"} | of_studies


def test_nothing_on_any_page_may_be_a_bsn(crawled: Mapping[Role, Crawl]) -> None:
    for seen in crawled.values():
        for one in seen.pages.values():
            if not one.address.startswith("/static/"):
                assert next(numbers_in(one.body), None) is None, one.address


def test_every_answer_keeps_the_browser_strict(crawled: Mapping[Role, Crawl]) -> None:
    for seen in crawled.values():
        for one in seen.pages.values():
            if one.address.startswith("/static/"):
                continue
            policy = one.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy, one.address
            assert "unsafe" not in policy, one.address
            assert "frame-ancestors 'none'" in policy, one.address
            if not one.address.startswith("/look/"):
                assert one.headers["X-Frame-Options"] == "DENY", one.address
                assert one.headers["Cache-Control"] == "no-store", one.address


def test_no_page_holds_a_script_or_a_style_of_its_own(crawled: Mapping[Role, Crawl]) -> None:
    for seen in crawled.values():
        for one in seen.pages.values():
            if one.headers["Content-Type"].startswith("text/html") and one.body:
                page = html.fromstring(one.body)
                inline = [script for script in page.iter("script")
                          if not script.get("src") and script.get("type") != "application/json"]  # fmt: skip
                handlers = [name for element in page.iter() if isinstance(element.tag, str)
                            for name in element.attrib if name.startswith("on")]  # fmt: skip
                assert (inline, handlers) == ([], []), one.address
                assert not page.xpath("//*[@style]"), one.address


def test_every_page_says_its_language_and_has_a_title(crawled: Mapping[Role, Crawl]) -> None:
    for number, role in enumerate(Role):
        for one in crawled[role].pages.values():
            if one.headers["Content-Type"].startswith("text/html") and one.body:
                page = html.fromstring(one.body)
                bound = one.address.endswith("/page")  # in the language in which the plan was made: that is approved
                assert page.get("lang") in (("en", "nl") if bound else ("en", "nl")[number % 2 :][:1]), one.address
                assert page.findtext(".//title"), one.address
