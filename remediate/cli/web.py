"""`web`: serves the pages, and keeps the accounts that may sign in to them; decides nothing."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from ipaddress import ip_address

import click

from remediate.cli.arguments import as_person
from remediate.cli.commands import CommandState, common_options, pass_state
from remediate.cli.output import Output
from remediate.cli.speaking import in_own_words
from remediate.cli.wiring import session
from remediate.errors import RemediateError, UsageError
from remediate.persons import person_of
from remediate.records.ledger import EventType, NewEvent
from remediate.records.roles import Role
from remediate.texts.language import Sentence
from remediate.wiring import Session, now

_ROLE = click.option(
    "--role",
    "roles",
    type=click.Choice([role.value for role in Role]),
    multiple=True,
    required=True,
    help="What it may do; may be given again.",
)


@click.group(invoke_without_command=True)
@common_options
@click.option("--listen", default="", help="Address to listen on.  [default: web.listen]")
@click.option("--port", type=click.IntRange(0, 65535), help="Port; 0 takes a free one.  [default: web.port]")
@click.pass_context
def web(ctx: click.Context, listen: str, port: int | None) -> None:
    """Serve the pages: overview, plans to approve, the night, the ledger; until it is stopped.

    On this machine alone, unless TLS or a trusted reverse proxy is configured. Accounts: remediate web user add.
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(_serve, listen=listen, port=port)
    elif listen or port is not None:
        raise UsageError(Sentence("--listen and --port are for serving.", "--listen en --port zijn voor het serveren."))


@click.command()
@pass_state
def _serve(state: CommandState, listen: str, port: int | None) -> None:
    require_pages()
    from remediate.web.serving import Pages, require_guarded

    out = state.output
    with session(state, exclusive=False) as work:
        config, keys = work.config, work.keys
        where = _address(listen) if listen else config.web.listen
        require_guarded(config.web, where)
        assert work.ledger.ledger_id  # before anything listens: the ledger is there, and these are its keys

    def ready(address: str) -> None:
        out.say(Sentence(f"The pages: {address}  (Ctrl-C ends)", f"De pagina's: {address}  (Ctrl-C stopt)"))
        out.answer({"address": address})
        sys.stdout.flush()

    ours, asked = os.getpid(), config.web.port if port is None else port
    try:
        Pages(config, keys, listen=where, port=asked, ready=ready).run()
    except SystemExit as ended:  # as gunicorn ends, also the process that it made
        if ended.code and os.getpid() != ours:
            raise
        if ended.code:
            raise _not_served(where, asked) from None


def _not_served(where: str, port: int) -> RemediateError:
    return RemediateError(
        Sentence(
            f"The pages could not be served at {where}, port {port}.",
            f"De pagina's konden niet worden geserveerd op {where}, poort {port}.",
        ),
        advice=Sentence(
            "Is the port taken, or web.database not ours to write? The program log may say more.",
            "Is de poort bezet, of is web.database niet te schrijven? Het programmalogboek zegt misschien meer.",
        ),
    )


def _address(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError:
        raise UsageError(Sentence(f"{text} is no address.", f"{text} is geen adres.")) from None


def require_pages() -> None:
    """Raises `UsageError` where the extra is not installed."""
    if find_spec("django") is None or find_spec("gunicorn") is None:
        raise UsageError(
            Sentence("The pages are not installed.", "De pagina's zijn niet geïnstalleerd."),
            advice=Sentence("Install remediate[web].", "Installeer remediate[web]."),
        )


@web.group()
def user() -> None:
    """Accounts of the pages: who may sign in, and what they may do."""


@contextmanager
def _accounts(state: CommandState) -> Iterator[Session]:
    """Django's own database, with the ledger beside it in which every change is an event."""
    require_pages()
    from remediate.web.starting import set_up

    with session(state, exclusive=False) as work:
        set_up(work.config, work.keys)
        yield work


def _told(work: Session, what: str, name: str, roles: Sequence[str] = ()) -> None:
    details = {"what": what, "account": name, "roles": " ".join(roles)}
    work.ledger.record(NewEvent(type=EventType.ACCOUNT, at=now(), actor=work.account, details=details))


@user.command()
@common_options
@click.argument("name")
@_ROLE
@click.option("--person", callback=as_person, default="", help="Whose it is.  [default: by approval.names]")
@click.option("--password", "asks", is_flag=True, help="Ask for a password here, instead of a link for the first time.")
@pass_state
def add(state: CommandState, name: str, roles: tuple[str, ...], person: str, asks: bool) -> None:
    """Make an account; it gets a password by a link that works once, and sets up a second factor before any page.

    Take the name of the person's account of the operating system: who acts on both faces is then one person.
    """
    out = state.output
    with _accounts(state) as work:
        from remediate.web import accounts

        if not person and name not in work.config.approval.names:
            raise UsageError(Sentence("Whose account is it? --person NAME.", "Van wie is het account? --person NAAM."))
        whose = person_of(person, name, work.config.approval.names)
        typed = (
            click.prompt(in_own_words("Password"), hide_input=True, confirmation_prompt=True, err=True)
            if asks
            else None
        )
        alike = accounts.who_resembles(whose)
        accounts.add(name, whose, [Role(role) for role in roles], typed)
        _told(work, "added", name, roles)
        link = None if asks else _link(work, name, forget_factors=False)
    out.say(Sentence(f"{name} ({whose}): {', '.join(roles)}.", f"{name} ({whose}): {', '.join(roles)}."))
    if alike:
        out.say(
            Sentence(
                f"The account {alike} has a name that is much like it. If that is the same person, close one of them "
                "(remediate web user close): two accounts count as two people.",
                f"Het account {alike} heeft een naam die er erg op lijkt. Is dat dezelfde persoon, sluit dan een van "
                "beide (remediate web user close): twee accounts tellen als twee mensen.",
            )
        )
    _say_link(out, link)
    out.answer({"account": name, "person": whose, "roles": list(roles), "link": link})


def _link(work: Session, name: str, *, forget_factors: bool) -> str:
    from remediate.web import accounts
    from remediate.web.serving import served_at

    return served_at(work.config) + accounts.first_link(name, forget_factors=forget_factors)


def _say_link(out: Output, link: str | None) -> None:
    if link is not None:
        out.say(
            Sentence(
                f"For the person alone, once, within a day: {link}",
                f"Alleen voor de persoon zelf, één keer, binnen een dag: {link}",
            )
        )


@user.command()
@common_options
@click.argument("name")
@_ROLE
@pass_state
def role(state: CommandState, name: str, roles: tuple[str, ...]) -> None:
    """Give an account these roles, and no others."""
    with _accounts(state) as work:
        from remediate.web import accounts

        accounts.give_roles(name, [Role(one) for one in roles])
        _told(work, "roles", name, roles)
    state.output.say(Sentence(f"{name}: {', '.join(roles)}.", f"{name}: {', '.join(roles)}."))
    state.output.answer({"account": name, "roles": list(roles)})


@user.command()
@common_options
@click.argument("name")
@click.option("--forget-factors", is_flag=True, help="For who lost phone or key: second factors and password go.")
@pass_state
def link(state: CommandState, name: str, forget_factors: bool) -> None:
    """A new link by which an account gets a password; an account that was closed is open again."""
    with _accounts(state) as work:
        address = _link(work, name, forget_factors=forget_factors)
        _told(work, "factors forgotten" if forget_factors else "link", name)
    _say_link(state.output, address)
    state.output.answer({"account": name, "link": address})


@user.command("close")
@common_options
@click.argument("name")
@pass_state
def close_(state: CommandState, name: str) -> None:
    """Nobody signs in by this account any more; what was done under it stays in the ledger."""
    with _accounts(state) as work:
        from remediate.web import accounts

        accounts.close(name)
        _told(work, "closed", name)
    state.output.say(Sentence(f"{name} is closed.", f"{name} is gesloten."))
    state.output.answer({"account": name, "closed": True})


@user.command("list")
@common_options
@pass_state
def list_(state: CommandState) -> None:
    """Every account: whose it is, its roles, its second factors."""
    out = state.output
    with _accounts(state):
        from remediate.web import accounts

        found = list(accounts.accounts())
    closed, none = Sentence("closed", "gesloten").in_(out.language), Sentence("no second factor", "geen tweede factor")
    out.table(
        (
            one.name,
            one.person,
            ", ".join(one.roles),
            closed if not one.is_active else ", ".join(one.factors) or none.in_(out.language),
        )
        for one in found
    )
    out.answer(
        {
            "accounts": [
                {
                    "account": one.name,
                    "person": one.person,
                    "roles": list(one.roles),
                    "open": one.is_active,
                    "factors": list(one.factors),
                }
                for one in found
            ]
        }
    )


COMMANDS = (web,)
