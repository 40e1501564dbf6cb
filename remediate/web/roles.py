"""Which role may see and do what, and the decorator that every view of ours carries. Knows no accounts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from itertools import chain
from typing import Any

from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse

from remediate.records.roles import Role

EVERYBODY = frozenset(Role)
STUDIES = frozenset((Role.REVIEWER, Role.APPROVER, Role.OPERATOR, Role.AUDITOR))
"""Who may see single studies, masked."""
LEDGER = frozenset((Role.REVIEWER, Role.APPROVER, Role.OPERATOR, Role.AUDITOR))
"""Who may search the ledger."""
REVEAL = frozenset((Role.REVIEWER, Role.AUDITOR))
"""Who may see values in clear, for a reason that is recorded."""

View = Callable[..., HttpResponse]


def roles_of(request: HttpRequest) -> frozenset[Role]:
    """The roles of who asks; none of somebody who is not signed in. Asked of the database once a request."""
    known: frozenset[Role] | None = getattr(request, "remediate_roles", None)
    if known is None:
        user = request.user
        names = user.groups.values_list("name", flat=True) if user.is_authenticated else ()
        known = frozenset(Role(name) for name in names if name in set(Role))
        request.remediate_roles = known
    return known


def _texts(request: HttpRequest, named: Mapping[str, Any]) -> Iterator[str]:
    """All that somebody sent: no page of ours sends a NUL, and PostgreSQL takes one in no text."""
    yield from map(str, named.values())
    for sent in (request.GET, request.POST):
        yield from chain.from_iterable(values for _, values in sent.lists())


def page(*may: Role) -> Callable[[View], View]:
    """A view for accounts that have one of these roles; of others it is refused (403). Whoever is not signed in with a
    second factor never comes so far (`remediate.web.limits`)."""
    allowed = frozenset(may)

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not roles_of(request) & allowed:
                raise PermissionDenied
            if any("\0" in text for text in _texts(request, kwargs)):
                raise BadRequest
            return view(request, *args, **kwargs)

        guarded.may = allowed  # type: ignore[attr-defined]
        return guarded

    return decorate
