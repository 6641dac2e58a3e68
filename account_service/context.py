"""What every use case of the account service works with: the app's context, and who asks."""

from dataclasses import dataclass

from flask import current_app, request

from account_service.auth_client import Owners
from account_service.caller import Caller
from account_service.cards.card_vault import CardVault
from account_service.cards.ledger_client import CardLedger
from account_service.ledger_client import Ledger
from account_service.rates.refresh_worker import RateRefreshWorker
from account_service.settings import Settings
from shared.enums import CHANNEL_HEADER, Channel
from shared.identity.access import SIMULATE, current_identity
from shared.storage.database import Database
from shared.time.bank_clock import BankClock


@dataclass(frozen=True)
class AccountContext:
    """Our database, the two services we ask, the key of cards, the bank's time, and who keeps the rates."""

    settings: Settings
    database: Database
    ledger: Ledger
    owners: Owners
    card_ledger: CardLedger
    card_vault: CardVault
    bank_clock: BankClock
    rates: RateRefreshWorker


def context() -> AccountContext:
    """The context of the app being served."""
    found: AccountContext = current_app.extensions["context"]
    return found


def current_caller() -> Caller:
    """Who makes the request being served."""
    identity = current_identity()
    simulates = SIMULATE in identity.scopes
    return Caller(
        identity.user_id,
        is_staff=identity.is_staff,
        simulates=simulates,
        role=identity.role,
        name=identity.username,
        session_id=identity.session_id,
        channel=Channel.SIMULATOR.value if simulates and identity.is_service else said_channel(),
    )


def said_channel() -> str:
    """By which way the request came, as it says."""
    said = request.headers.get(CHANNEL_HEADER)
    return said if said in {Channel.WEB, Channel.CLI} else Channel.API.value
