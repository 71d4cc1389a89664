"""Who the service is to Entra and Graph, made from the settings."""

from __future__ import annotations

import ssl

from bot.settings import Identity, Settings
from bot.switchboard import Application
from graph.tokens import Credential, CredentialKind


def applications(settings: Settings) -> list[Application]:
    """Every application whose calls are served, the one that APP_ID names first."""
    return [
        Application(app_id=each.app_id, tenant_id=each.tenant_id) for each in settings.identities
    ]


def credentials(settings: Settings) -> list[Credential]:
    """How to get tokens for Graph, per application."""
    return [_credential(settings, each) for each in settings.identities]


def trusted(settings: Settings) -> ssl.SSLContext:
    """Whom to believe on https: the usual authorities, and CA_FILE's. Raises OSError."""
    context = ssl.create_default_context()
    if settings.ca_file:
        context.load_verify_locations(settings.ca_file)
    return context


def _credential(settings: Settings, identity: Identity) -> Credential:
    secret, password = identity.client_secret, identity.certificate_password
    return Credential(
        kind=CredentialKind(identity.credential.value),
        app_id=identity.app_id,
        tenant_id=identity.tenant_id,
        authority_url=settings.authority_url,
        secret=secret.get_secret_value() if secret else None,
        certificate_path=identity.certificate_file or None,
        certificate_password=password.get_secret_value() if password else None,
        managed_identity_client_id=identity.identity_client_id or None,
        ca_file=settings.ca_file or None,
    )
