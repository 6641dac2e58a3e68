"""What every use case of the account service works with."""

from dataclasses import dataclass

from account_service.ledger_client import Ledger
from account_service.owners import Owners
from account_service.settings import Settings
from shared.database import Database


@dataclass(frozen=True)
class Branch:
    """Our database, and the two services we ask."""

    settings: Settings
    database: Database
    ledger: Ledger
    owners: Owners
