"""The one-time link by which an account gets its password."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import PasswordResetConfirmView
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator


@method_decorator(login_not_required, name="dispatch")
class FirstSignIn(PasswordResetConfirmView):
    """Django's own: the token leaves the address at once, and is worth nothing once a password was set."""

    template_name = "web/first.html"
    success_url = reverse_lazy("account_login")
    post_reset_login = False
