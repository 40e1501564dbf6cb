"""Passwords: the one-time link by which an account gets its first, and the page where it is changed."""

from __future__ import annotations

from typing import Any

from allauth.core.ratelimit import consume
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import PasswordChangeView, PasswordResetConfirmView
from django.http import HttpRequest, HttpResponse
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator

from remediate.web.showing import too_often


@method_decorator(login_not_required, name="dispatch")
class FirstSignIn(PasswordResetConfirmView):
    """Django's own: the token leaves the address at once, and is worth nothing once a password was set."""

    template_name = "web/first.html"
    success_url = reverse_lazy("account_login")
    post_reset_login = False


class NewPassword(PasswordChangeView):
    """Django's own: whoever knows the old one; every other session of the account ends."""

    template_name = "web/password.html"
    success_url = reverse_lazy("overview")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """A few tries a minute: a session that was left open guesses no password."""
        if not consume(request, action="change_password", user=request.user):
            return too_often(request)
        return super().post(request, *args, **kwargs)
