"""Makes a Django project of our configuration and keys, in this process, and its database where there is none."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping

import django
from django.conf import settings
from django.core.management import call_command

from remediate.config.settings import Config
from remediate.errors import ConfigError
from remediate.files import OWNER_ONLY, new_file
from remediate.handed_secrets import NoSecretError, secret_of
from remediate.ledger.keys import Keys
from remediate.texts.language import Sentence
from remediate.web.opening import Workroom
from remediate.web.settings import django_settings


def set_up(config: Config, keys: Keys, environment: Mapping[str, str] = os.environ) -> None:
    """Once a process, since Django's settings are the whole process's. The database of accounts is a file for its owner
    only, beside the configuration. Raises `ConfigError` or `OSError`."""
    try:
        secret = secret_of(config.web.oidc.secret, environment)
    except NoSecretError as error:
        told = error.sentence
        raise ConfigError(Sentence(f"web.oidc.secret: {told.en}.", f"web.oidc.secret: {told.nl}.")) from None
    _silence()
    if not settings.configured:
        settings.configure(**django_settings(Workroom(config, keys), secret))
        django.setup()
    elif settings.REMEDIATE.config != config:
        raise RuntimeError("a process serves the pages of one configuration")
    path = config.path(config.web.database)
    if not path.exists():
        with new_file(path):
            pass
    path.chmod(OWNER_ONLY)
    call_command("migrate", interactive=False, verbosity=0)


def _silence() -> None:
    """Django and its like quote addresses and values in their logs; the program log takes neither."""
    for name in ("django", "allauth", "axes", "gunicorn", "requests", "urllib3", "oauthlib"):
        logger = logging.getLogger(name)
        logger.setLevel(logging.CRITICAL + 1)
        logger.propagate = False
