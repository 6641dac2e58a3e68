"""What the bank says of the keys that sign its tokens; of their private halves nothing."""

from pydantic import Field

from shared.enums import TextEnum
from shared.http.payloads import Id, ResponseModel, Timestamp


class KeyStage(TextEnum):
    """What a signing key is there for now."""

    ANNOUNCED = "announced"
    SIGNS = "signs"
    VERIFIES = "verifies"


class SigningKeyFacts(ResponseModel):
    """One key. An announced one signs from `signs_from` on; one that only verifies goes at `verifies_until`."""

    id: Id
    stage: KeyStage
    signs_from: Timestamp
    verifies_until: Timestamp | None = Field(description="null for as long as no other key follows")


class SigningKeysInUse(ResponseModel):
    """All there are, the oldest first."""

    signing_keys: list[SigningKeyFacts]
