"""Settings of the account service, read from the environment once."""

from dataclasses import dataclass, field

from account_service.account_numbers import DEFAULT_BANK_CODE, DEFAULT_COUNTRY, check_bank
from account_service.limits import DEFAULT_DAILY_LIMIT_UNITS, DEFAULT_MOVEMENT_LIMIT_UNITS, Limits
from account_service.rates.settings import RatesSettings
from shared import services, settings
from shared.amounts.currencies import MINOR_UNIT_DIGITS
from shared.settings import MissingSettingError

DEFAULT_LOOKUP_RATE = "60 per minute"
DEFAULT_ACCOUNTS_PER_PERSON = 50
DEFAULT_REVEAL_RATE = "10 per hour"
DEFAULT_CARDS_PER_ACCOUNT = 10


@dataclass(frozen=True)
class Settings:
    """`lookup_rate` is how often one person may ask whose account a number is; `redis_url` shares that count.

    `accounts_per_person` counts those that are not closed, `cards_per_account` cards that can be used. `reveal_rate` is
    how often one person may be shown what is printed on their cards, which `card_key` keeps from everybody else.
    """

    database_url: str
    card_key: str = field(repr=False)
    currency: str = "EUR"
    country: str = DEFAULT_COUNTRY
    bank_code: str = DEFAULT_BANK_CODE
    limits: Limits = field(default_factory=Limits)
    lookup_rate: str = DEFAULT_LOOKUP_RATE
    redis_url: str = ""
    accounts_per_person: int = DEFAULT_ACCOUNTS_PER_PERSON
    may_reset: bool = True
    rates: RatesSettings = field(default_factory=RatesSettings)
    reveal_rate: str = DEFAULT_REVEAL_RATE
    cards_per_account: int = DEFAULT_CARDS_PER_ACCOUNT

    def __post_init__(self) -> None:
        if self.currency not in MINOR_UNIT_DIGITS:
            message = f"BANK_CURRENCY is {self.currency!r}; it must be one of {', '.join(MINOR_UNIT_DIGITS)}"
            raise MissingSettingError(message)
        if self.accounts_per_person < 1:
            message = f"BANK_ACCOUNTS_PER_PERSON is {self.accounts_per_person}; it must be at least 1"
            raise MissingSettingError(message)
        check_bank(self.country, self.bank_code)

    @classmethod
    def from_environment(cls) -> "Settings":
        """Raises MissingSettingError, with a sentence for the operator, when a value cannot be used."""
        try:
            limits = Limits(
                settings.number("BANK_MOVEMENT_LIMIT", DEFAULT_MOVEMENT_LIMIT_UNITS),
                settings.number("BANK_DAILY_LIMIT", DEFAULT_DAILY_LIMIT_UNITS),
            )
        except ValueError as error:
            message = f"BANK_MOVEMENT_LIMIT and BANK_DAILY_LIMIT: {error}"
            raise MissingSettingError(message) from None
        return cls(
            database_url=settings.database_url(services.ACCOUNT),
            currency=settings.bank_currency(),
            country=settings.text("BANK_COUNTRY", DEFAULT_COUNTRY),
            bank_code=settings.text("BANK_CODE", DEFAULT_BANK_CODE),
            limits=limits,
            lookup_rate=settings.rate("ACCOUNT_LOOKUP_RATE", DEFAULT_LOOKUP_RATE),
            redis_url=settings.redis_url(),
            accounts_per_person=settings.number("BANK_ACCOUNTS_PER_PERSON", DEFAULT_ACCOUNTS_PER_PERSON),
            card_key=settings.secret("ACCOUNT_CARD_KEY"),
            reveal_rate=settings.rate("ACCOUNT_REVEAL_RATE", DEFAULT_REVEAL_RATE),
            cards_per_account=settings.number("BANK_CARDS_PER_ACCOUNT", DEFAULT_CARDS_PER_ACCOUNT, lowest=1),
            may_reset=not settings.is_production(),
            rates=RatesSettings.from_environment(),
        )
