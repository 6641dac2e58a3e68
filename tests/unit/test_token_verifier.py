"""What a service believes of tokens while auth can be reached only in part."""

import time

import pytest

from shared.identity.tokens import TokenVerifier
from shared.refusals import UNAVAILABLE, Refused
from tests.keys import SigningKeys


class PartlyAway(SigningKeys):
    """Auth whose keys are published, and whose revocations cannot be had."""

    is_away = True

    def revocations(self, after: int) -> list[dict[str, object]]:
        if self.is_away:
            raise Refused(UNAVAILABLE)
        return super().revocations(after)


def test_a_service_that_never_heard_what_was_revoked_believes_no_token() -> None:
    """It has just begun: a session that ended a minute ago would go on there for the life of its access token."""
    keys = PartlyAway()
    verifier = TokenVerifier(keys)
    token = keys.token("ada", session_id="ended")
    keys.revoked.append({"position": 1, "session_id": "ended", "user_id": None, "issued_before": None})
    with pytest.raises(Refused, match="SERVICE_UNAVAILABLE"):
        verifier.verify(token)
    keys.is_away = False
    verifier.refresh_revocations()
    with pytest.raises(Refused, match="UNAUTHENTICATED"):
        verifier.verify(token)


def test_a_service_that_has_heard_of_revocations_goes_on_while_auth_is_away() -> None:
    keys = PartlyAway()
    keys.is_away = False
    verifier = TokenVerifier(keys)
    token = keys.token("ada")
    verifier.refresh_keys()
    verifier.refresh_revocations()
    keys.is_away = True
    assert verifier.verify(token).user_id == "ada"


def test_a_clock_that_jumps_ahead_and_back_makes_nothing_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = SigningKeys()
    verifier = TokenVerifier(keys)
    tokens = [keys.token("ada", session_id="ended"), keys.token("bob")]
    keys.revoked.append({"position": 1, "session_id": "ended", "user_id": None, "issued_before": None})
    keys.revoked.append({"position": 2, "session_id": None, "user_id": "bob", "issued_before": time.time() + 1})
    verifier.refresh_revocations()
    with monkeypatch.context() as ahead:
        a_day_later = time.time() + 86_400
        ahead.setattr(time, "time", lambda: a_day_later)
        keys.revoked.append({"position": 3, "session_id": "another", "user_id": None, "issued_before": None})
        verifier.refresh_revocations()
    for token in tokens:
        with pytest.raises(Refused, match="UNAUTHENTICATED"):
            verifier.verify(token)
