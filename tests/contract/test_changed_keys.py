"""In a bank of real apps, services go on when auth signs with another key than at their start."""

from pathlib import Path

import pytest

from auth_service.tokens import signing_keys
from shared import services
from shared.identity import tokens
from tests.apps import whole_bank


def test_services_believe_what_auth_signs_with_a_key_that_was_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signing_keys, "ANNOUNCED_FOR_US", 0)
    monkeypatch.setattr(tokens, "_UNKNOWN_KEY_REFRESH_SECONDS", -1)  # as if the keys had been asked for long ago
    with whole_bank(tmp_path) as bank:
        bank.settle()
        admin = bank.headers("admin")
        changed = bank.client(services.AUTH).post("/api/auth/signing_keys", headers=admin)
        assert changed.status_code in (200, 201), changed.text
        bank.settle()
        assert bank.client(services.AUTH).get("/api/auth/signing_keys", headers=admin).status_code == 200
