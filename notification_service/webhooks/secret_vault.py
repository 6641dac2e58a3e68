"""Secrets of webhooks, kept so that the database alone gives none of them away (`shared/storage/secret_vault.py`).

The key is derived from `NOTIFICATION_WEBHOOK_KEY`, which lies outside the database; the owner is the endpoint.
"""

from cryptography.exceptions import InvalidTag

from shared.settings import MissingSettingError
from shared.storage import secret_vault


class SecretVault(secret_vault.SecretVault):
    """Encrypts with a key derived from one secret."""

    def __init__(self, secret: str) -> None:
        super().__init__(secret, "sandbank webhook secrets")


def check_opens(vault: SecretVault, endpoint_id: str, sealed: str) -> None:
    """Raises MissingSettingError where an endpoint's secret was sealed under another key."""
    try:
        vault.open(endpoint_id, sealed)
    except InvalidTag:
        message = (
            "NOTIFICATION_WEBHOOK_KEY is not the key that the secrets of this bank's webhooks were sealed with. Give"
            " the one that they were, or restore it from a backup of BANK_DATA_DIR/secrets, and start again"
        )
        raise MissingSettingError(message) from None
