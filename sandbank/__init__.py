"""The typed client of a Sandbank: `Client(url)`, what it raises, and the shapes of what it answers.

    bank = Client("http://127.0.0.1:5000")
    bank.log_in("ada", "a long password")
    bank.transactions.transfer(from_account_id=mine, to_account_number="DE89...", amount="12.34")

It knows the public API and nothing of the bank's inside.
"""

from sandbank.answers import Answer, Page
from sandbank.client import Client
from sandbank.errors import (
    BankError,
    NotLoggedInError,
    OutcomeUnknownError,
    RefusedError,
    UnavailableError,
)
from sandbank.http_transport import HttpTransport
from sandbank.patience import Patience
from sandbank.sessions import Credentials, MemoryStore, ServiceCredentials, Tokens, TokenStore, UserCredentials
from sandbank.transport import NoReplyError, NotSentError, Reply, Request, Transport

__all__ = [
    "Answer",
    "BankError",
    "Client",
    "Credentials",
    "HttpTransport",
    "MemoryStore",
    "NoReplyError",
    "NotLoggedInError",
    "NotSentError",
    "OutcomeUnknownError",
    "Page",
    "Patience",
    "RefusedError",
    "Reply",
    "Request",
    "ServiceCredentials",
    "TokenStore",
    "Tokens",
    "Transport",
    "UnavailableError",
    "UserCredentials",
]
