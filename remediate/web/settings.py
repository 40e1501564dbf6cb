"""Django's settings, made of our configuration and keys; nothing of them is written down anywhere. Starts nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF

from remediate.config.web import WebSettings
from remediate.ledger.keys import Keys
from remediate.web.opening import Workroom
from remediate.web.patience import LARGEST_BODY

_OURS = ("localhost", "127.0.0.1", "[::1]")
_HERE = Path(__file__).parent
_MIDDLEWARE = (
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "remediate.web.limits.SmallBodies",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "remediate.web.limits.TypedNumbers",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "remediate.web.limits.SessionLimits",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "remediate.web.limits.SecondFactor",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "remediate.web.limits.InOneSentence",
    "axes.middleware.AxesMiddleware",
)
_APPS = (
    "remediate.web",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "axes",
)
GUESSES = 5
"""Wrong passwords in a row from one address for one account, after which it is locked for a while."""
_LOCKED = timedelta(minutes=15)
_A_YEAR = 365 * 86_400


def secret_key(keys: Keys) -> str:
    """Django's secret: an HMAC under a key that HKDF derives from the ledger's, for this purpose alone."""
    return keys.digest("web-secret-key", b"django")


def django_settings(room: Workroom, oidc_secret: str = "") -> dict[str, Any]:
    """What `django.conf.settings.configure` takes."""
    web = room.config.web
    return {
        "REMEDIATE": room,
        "SECRET_KEY": secret_key(room.keys),
        "DEBUG": False,
        "ROOT_URLCONF": "remediate.web.urls",
        "INSTALLED_APPS": list(_APPS),
        "MIDDLEWARE": list(_MIDDLEWARE),
        "ALLOWED_HOSTS": [*_OURS, *web.hosts],
        "TEMPLATES": [_templates()],
        "DATABASES": {"default": _database(room.config.path(web.database))},
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        "LANGUAGE_CODE": room.config.report.language,
        "LANGUAGES": [("nl", "Nederlands"), ("en", "English")],
        "USE_TZ": True,
        "TIME_ZONE": room.config.execute.window.timezone,
        "STATIC_URL": "/static/",
        "STATICFILES_DIRS": [],
        "WHITENOISE_USE_FINDERS": True,
        "MESSAGE_STORAGE": "django.contrib.messages.storage.session.SessionStorage",
        "LOGGING_CONFIG": None,  # Django's own log quotes addresses and values; the program log takes neither
        "DATA_UPLOAD_MAX_MEMORY_SIZE": LARGEST_BODY,
        "CACHES": {"default": _memory()},
        "SILENCED_SYSTEM_CHECKS": ["axes.W001"],  # a memory that is one process's: one process serves
        **_signing_in(web, oidc_secret),
        **_browser(web),
    }


def _templates() -> Mapping[str, Any]:
    return {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [_HERE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "remediate.web.showing.everywhere",
            ],
            "builtins": ["remediate.web.templatetags.speaking"],
        },
    }


def _database(path: Path) -> Mapping[str, Any]:
    options = {"init_command": "PRAGMA journal_mode=WAL", "transaction_mode": "IMMEDIATE", "timeout": 5}
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(path), "OPTIONS": options}


def _memory() -> Mapping[str, Any]:
    """Where wrong passwords and used codes are counted: so much that nobody pushes them out by trying others."""
    return {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 200_000}}


def _signing_in(web: WebSettings, oidc_secret: str) -> dict[str, Any]:
    checks = "django.contrib.auth.password_validation."
    return {
        "AUTHENTICATION_BACKENDS": [
            "axes.backends.AxesStandaloneBackend",
            "allauth.account.auth_backends.AuthenticationBackend",
        ],
        "AUTH_PASSWORD_VALIDATORS": [
            {"NAME": f"{checks}MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
            {"NAME": f"{checks}CommonPasswordValidator"},
            {"NAME": f"{checks}UserAttributeSimilarityValidator"},
        ],
        "PASSWORD_RESET_TIMEOUT": 86_400,
        "LOGIN_URL": "account_login",
        "LOGIN_REDIRECT_URL": "overview",
        "ACCOUNT_ADAPTER": "remediate.web.accounts.Accounts",
        "ACCOUNT_LOGIN_METHODS": {"username"},
        "ACCOUNT_SIGNUP_FIELDS": ["username*", "password1*"],
        "ACCOUNT_EMAIL_VERIFICATION": "none",
        "ACCOUNT_SESSION_REMEMBER": False,
        "ACCOUNT_LOGOUT_REDIRECT_URL": "account_login",
        "ACCOUNT_REAUTHENTICATION_TIMEOUT": 300,
        "MFA_ADAPTER": "remediate.web.accounts.SecondFactors",
        "MFA_SUPPORTED_TYPES": ["totp", "webauthn", "recovery_codes"],
        "MFA_PASSKEY_LOGIN_ENABLED": True,
        "MFA_WEBAUTHN_USER_VERIFICATION": "required",
        "MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN": not web.is_encrypted,
        "MFA_TOTP_ISSUER": "remediate",
        "MFA_TOTP_TOLERANCE": 1,
        "SOCIALACCOUNT_ADAPTER": "remediate.web.hospital.HospitalAccounts",
        "SOCIALACCOUNT_ONLY": False,
        "SOCIALACCOUNT_AUTO_SIGNUP": False,
        "SOCIALACCOUNT_PROVIDERS": _oidc(web, oidc_secret),
        "AXES_HANDLER": "axes.handlers.cache.AxesCacheHandler",  # the other keeps what was typed, in clear, in a table
        "AXES_FAILURE_LIMIT": GUESSES,
        "AXES_COOLOFF_TIME": _LOCKED,
        "AXES_LOCKOUT_PARAMETERS": [["username", "ip_address"]],
        "AXES_RESET_ON_SUCCESS": True,
        "AXES_LOCKOUT_CALLABLE": "remediate.web.showing.locked_out",
        "AXES_USERNAME_CALLABLE": "remediate.web.accounts.typed_name",
        "AXES_CLIENT_IP_CALLABLE": "remediate.web.accounts.address_of",
        "AXES_VERBOSE": False,
        "AXES_DISABLE_ACCESS_LOG": True,
    }


def _oidc(web: WebSettings, secret: str) -> Mapping[str, Any]:
    if not web.oidc.server_url:
        return {}
    app = {
        "provider_id": "hospital",
        "name": web.oidc.name,
        "client_id": web.oidc.client_id,
        "secret": secret,
        "settings": {"server_url": web.oidc.server_url, "oauth_pkce_enabled": True},
    }
    return {"openid_connect": {"APPS": [app]}}


def _browser(web: WebSettings) -> dict[str, Any]:
    """What browsers are told, and may send."""
    elsewhere = [web.oidc.server_url] if web.oidc.server_url else []
    host = "__Host-" if web.is_encrypted else ""
    return {
        "CONTENT_SECURITY_POLICY": {
            "DIRECTIVES": {
                "default-src": [NONE],
                "script-src": [SELF],
                "style-src": [SELF],
                "img-src": [SELF],
                "connect-src": [SELF],
                "form-action": [SELF, *elsewhere],
                "base-uri": [NONE],
                "frame-ancestors": [NONE],
            }
        },
        "X_FRAME_OPTIONS": "DENY",
        "SECURE_REFERRER_POLICY": "same-origin",
        "SECURE_CONTENT_TYPE_NOSNIFF": True,
        "SECURE_CROSS_ORIGIN_OPENER_POLICY": "same-origin",
        "SECURE_SSL_REDIRECT": web.is_encrypted,
        "SECURE_HSTS_SECONDS": _A_YEAR if web.is_encrypted else 0,
        "SECURE_HSTS_INCLUDE_SUBDOMAINS": web.is_encrypted,
        "SECURE_HSTS_PRELOAD": web.is_encrypted,
        "SESSION_COOKIE_NAME": f"{host}remediate",
        "SESSION_COOKIE_AGE": web.session_hours * 3600,
        "SESSION_COOKIE_SECURE": web.is_encrypted,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "CSRF_COOKIE_NAME": f"{host}remediate-form",
        "CSRF_COOKIE_SECURE": web.is_encrypted,
        "CSRF_COOKIE_HTTPONLY": True,
        "CSRF_COOKIE_SAMESITE": "Strict",
        "CSRF_FAILURE_VIEW": "remediate.web.showing.forged",
        "LANGUAGE_COOKIE_SECURE": web.is_encrypted,
        "LANGUAGE_COOKIE_HTTPONLY": True,
        "LANGUAGE_COOKIE_SAMESITE": "Lax",
    }
