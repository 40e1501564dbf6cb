"""Every address of the pages, and its view."""

from __future__ import annotations

from allauth.account import views as account
from allauth.mfa.totp import views as totp
from csp.decorators import csp_update
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.i18n import set_language

from remediate.web import accounts, documents, first, hospital, ledger, night, overview, plans, queue, showing

assert accounts  # its receivers listen from here on

_PICTURE_IN_PAGE = {"img-src": ["data:"]}
"""The QR code of a new key, which is made for one reader and stands in no file."""

urlpatterns = [
    path("", overview.overview, name="overview"),
    path("night", night.night, name="night"),
    path("night/events", night.events, name="night-events"),
    path("night/control", night.control, name="night-control"),
    path("night/limit", night.limit, name="night-limit"),
    path("night/<str:batch_id>", documents.batch, name="night-batch"),
    path("plans", plans.plans, name="plans"),
    path("plans/<str:plan_id>", plans.plan, name="plans-plan"),
    path("plans/<str:plan_id>/page", documents.plan, name="plans-page"),
    path("plans/<str:plan_id>/approve", plans.approve, name="plans-approve"),
    path("plans/<str:plan_id>/withdraw", plans.withdraw, name="plans-withdraw"),
    path("plans/<str:plan_id>/studies", plans.studies, name="plans-studies"),
    path("plans/<str:plan_id>/studies/<str:uid>", plans.study, name="plans-study"),
    path("ledger", ledger.ledger, name="ledger"),
    path("ledger/study/<str:uid>", ledger.study, name="ledger-study"),
    path("ledger/study/<str:uid>/reveal", ledger.reveal, name="ledger-reveal"),
    path("ledger/patient", ledger.patient, name="ledger-patient"),
    path("ledger/verify", ledger.verify, name="ledger-verify"),
    path("ledger/proof", ledger.proof, name="ledger-proof"),
    path("ledger/checkpoint", ledger.checkpoint, name="ledger-checkpoint"),
    path("ledger/export", ledger.export, name="ledger-export"),
    path("queue", queue.queue, name="queue"),
    path("queue/first", queue.first, name="queue-first"),
    path("queue/undo", queue.undo, name="queue-undo"),
    path("queue/kind", queue.group, name="queue-group"),
    path("queue/study/<str:uid>", queue.study, name="queue-study"),
    path("look/<slug:version>.css", showing.style, name="look"),
    path("language", login_not_required(set_language), name="set_language"),
    path("sign-in", account.login, name="account_login"),
    path("sign-in/first/<uidb64>/<token>", first.FirstSignIn.as_view(), name="first-sign-in"),
    path("sign-out", account.logout, name="account_logout"),
    path("account/inactive", account.account_inactive, name="account_inactive"),
    path("account/confirm", account.reauthenticate, name="account_reauthenticate"),
    path("account/password", first.NewPassword.as_view(), name="account_change_password"),
    path("account/factors/totp/activate/", csp_update(_PICTURE_IN_PAGE)(totp.activate_totp), name="mfa_activate_totp"),
    path("account/factors/", include("allauth.mfa.urls")),
    path("account/hospital/oidc/<str:provider_id>/login/", hospital.login, name="openid_connect_login"),
    path("account/hospital/oidc/<str:provider_id>/login/callback/", hospital.callback, name="openid_connect_callback"),
]

handler400 = showing.bad_request
handler403 = showing.refused
handler404 = showing.not_found
handler429 = showing.too_often
"""Of django-allauth, which counts tries."""
handler500 = showing.broken
