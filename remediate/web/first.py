"""Passwords: the one-time link by which an account gets its first, and the page where it is changed."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import PasswordChangeView, PasswordResetConfirmView
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator


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
