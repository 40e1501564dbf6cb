"""The hospital's own sign-in, by OpenID Connect: who signs in there is an account here, or nobody. Makes no account and
gives no role; the second factor is asked by `limits.SecondFactor` all the same.

django-allauth leaves out what OpenID Connect Core 1.0, section 3.1.3.7, asks of an ID token: nonce, signature (it
trusts the connection), `azp`, and that userinfo is of the same subject (5.3.2). That is done here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jwt
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.adapter import get_adapter as social_adapter
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.contrib.auth import get_user_model
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_POST, require_safe
from requests import RequestException

from remediate.digests import sha256_text
from remediate.texts.language import Sentence
from remediate.web.opening import workroom
from remediate.web.showing import problem

PROVIDER = "hospital"
_CLOCKS = 60
"""Seconds by which the hospital's clock may differ from ours."""
_SIGNED_BY = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures that only the server can make: never `none`, and no HMAC, whose key is also ours."""
_ASKED = ("exp", "iat", "iss", "aud", "sub", "nonce")
_NO_ACCOUNT = Sentence(
    "Nobody here has the account by which you signed in. Whoever manages remediate makes it: remediate web user add.",
    "Niemand heeft hier het account waarmee u zich aanmeldde. De beheerder van remediate maakt het: remediate web user "
    "add.",
)
_ANOTHER = Sentence(
    "The account of this name here belongs to somebody else at the hospital's sign-in. If that person is you, whoever "
    "manages remediate lets the old one go: remediate web user link NAME --forget-factors.",
    "Het account met deze naam hoort hier bij iemand anders van de aanmelding van het ziekenhuis. Bent u dat toch, dan "
    "maakt de beheerder van remediate het oude los: remediate web user link NAAM --forget-factors.",
)
_FAILED = Sentence(
    "The hospital's sign-in gave no answer that can be believed. Nobody was signed in; try again from the start.",
    "De aanmelding van het ziekenhuis gaf geen geloofwaardig antwoord. Er is niemand aangemeld; begin opnieuw.",
)
_AWAY = Sentence(
    "The hospital's sign-in does not answer. Sign in with your password, or try again later.",
    "De aanmelding van het ziekenhuis antwoordt niet. Meld u aan met uw wachtwoord, of probeer het later opnieuw.",
)


class Server(OpenIDConnectOAuth2Adapter):
    """The hospital's server, whose ID token is believed once all of it was checked."""

    _nonce = ""

    def get_access_token_data(
        self, request: HttpRequest, app: Any, client: Any, pkce_code_verifier: str | None = None
    ) -> Any:
        """The verifier is this session's, and the nonce follows from it."""
        self._nonce = nonce_of(pkce_code_verifier or "")
        return super().get_access_token_data(request, app, client, pkce_code_verifier=pkce_code_verifier)

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **kwargs: Any) -> Any:
        """Raises `OAuth2Error` for whatever does not hold."""
        answer = kwargs.get("response")
        text = answer.get("id_token") if isinstance(answer, Mapping) else None
        if not isinstance(text, str) or not text:
            raise OAuth2Error("no id_token")
        told = self._believed(app.client_id, app.settings["server_url"], text)
        data = {"id_token": told}
        if self.openid_config.get("userinfo_endpoint"):
            data["userinfo"] = self._fetch_user_info(token.token)
            if data["userinfo"].get("sub") != told["sub"]:
                raise OAuth2Error("userinfo of another subject")
        return self.get_provider().sociallogin_from_response(request, data)

    def _believed(self, client: str, server: str, text: str) -> dict[str, Any]:
        """What an ID token says (OpenID Connect Core 3.1.3.7)."""
        known = self.openid_config
        issuer = str(known.get("issuer", ""))
        if issuer.rstrip("/") != server.partition("/.well-known/")[0].rstrip("/"):  # Discovery 1.0, section 4.3
            raise OAuth2Error("another issuer than the server that is configured")
        try:
            told: dict[str, Any] = jwt.decode(
                text,
                key=self._key(known["jwks_uri"], jwt.get_unverified_header(text)),
                algorithms=_SIGNED_BY,
                audience=client,
                issuer=issuer,
                leeway=_CLOCKS,
                options={"require": list(_ASKED)},
            )
        except (jwt.PyJWTError, KeyError, TypeError, ValueError) as error:
            raise OAuth2Error("an ID token that does not hold") from error
        several = isinstance(told["aud"], list) and len(told["aud"]) > 1
        if told.get("azp", None if several else client) != client:
            raise OAuth2Error("an ID token for another client")
        if not self._nonce or told["nonce"] != self._nonce:
            raise OAuth2Error("an ID token of another sign-in")
        return told

    @staticmethod
    def _key(address: str, header: Mapping[str, Any]) -> jwt.PyJWK:
        """The key that the token names; the only one where it names none."""
        with social_adapter().get_requests_session() as session:
            answer = session.get(address)
            answer.raise_for_status()
        keys = [one for one in jwt.PyJWKSet.from_dict(answer.json()).keys if one.public_key_use in (None, "sig")]
        name = header.get("kid")
        fitting = [one for one in keys if one.key_id == name] if name else keys
        if len(fitting) != 1:
            raise OAuth2Error("no key of that name")
        return fitting[0]


class Provider(OpenIDConnectProvider):
    """What a sign-in is begun with."""

    oauth2_adapter_class = Server

    def get_pkce_params(self) -> dict[str, str]:
        """And the nonce that belongs to them: one value of the session is enough to keep."""
        made: dict[str, str] = super().get_pkce_params()
        return made | {"nonce": nonce_of(made["code_verifier"])}


def nonce_of(verifier: str) -> str:
    """What the ID token must repeat; "" without a verifier. Whoever sees it learns nothing of the verifier."""
    return sha256_text(f"nonce {verifier}".encode()) if verifier else ""


class HospitalAccounts(DefaultSocialAccountAdapter):
    """Who signs in at the hospital is the account of that name here, from then on by the subject; without one nobody
    comes in."""

    def get_provider(self, request: HttpRequest, provider: str, client_id: str | None = None) -> Any:
        """Ours, which checks all of the token."""
        return Provider(request, app=super().get_provider(request, provider, client_id).app)

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:  # noqa: ARG002
        """Never."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Joins the hospital's account with ours of that name, unless ours is joined with another one: a name is given
        out again, a subject never (OpenID Connect Core 2)."""
        if sociallogin.is_existing:
            return
        name = claimed_name(sociallogin.account.extra_data, workroom().config.web.oidc.claim)
        user = get_user_model().objects.filter(username=name, is_active=True).first() if name else None
        if user is None:
            raise ImmediateHttpResponse(problem(request, _NO_ACCOUNT, status=403))
        if SocialAccount.objects.filter(user=user).exists():
            raise ImmediateHttpResponse(problem(request, _ANOTHER, status=403))
        sociallogin.connect(request, user)

    def on_authentication_error(self, request: HttpRequest, *_: object, **_more: object) -> None:
        """Says so in one sentence; what was wrong is no help to whoever made it up."""
        raise ImmediateHttpResponse(problem(request, _FAILED, status=403))


def claimed_name(told: Mapping[str, Any], claim: str) -> str:
    """The name of the account in what the hospital's server told."""
    places = (told.get("userinfo") or {}, told.get("id_token") or {})
    return next((place[claim] for place in places if isinstance(place.get(claim), str) and place[claim]), "")


@login_not_required
@require_POST
def login(request: HttpRequest, provider_id: str) -> HttpResponse:
    """To the hospital's server. Whatever the address asks besides (another scope, joining accounts) is not heard."""
    _require_known(provider_id)
    try:
        answer: HttpResponse = Server(request, provider_id).get_provider().redirect(request, "login")
    except (RequestException, OAuth2Error, KeyError, ValueError):
        return problem(request, _AWAY, status=503)
    return answer


@login_not_required
@require_safe
def callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    """And back from there."""
    _require_known(provider_id)
    answer: HttpResponse = OAuth2CallbackView.adapter_view(Server(request, provider_id))(request)
    return answer


def _require_known(provider_id: str) -> None:
    if provider_id != PROVIDER or not workroom().config.web.oidc.server_url:
        raise Http404
