"""The client: a bank as somebody sees it."""

from sandbank.accounts import Accounts
from sandbank.audit import Audit
from sandbank.auth import Auth
from sandbank.caller import TIMEOUT_SECONDS, Caller
from sandbank.card_network import CardNetwork
from sandbank.cards import Cards
from sandbank.custom_reports import CustomReports
from sandbank.direct_debits import DirectDebits
from sandbank.errors import NotLoggedInError
from sandbank.faults import Faults
from sandbank.health import Health
from sandbank.holds import Holds
from sandbank.http_transport import HttpTransport
from sandbank.notifications import Notifications
from sandbank.orders import ScheduledPayments, StandingOrders
from sandbank.own_data import OwnData
from sandbank.patience import Patience
from sandbank.payees import Payees
from sandbank.products import Products
from sandbank.rates import Rates
from sandbank.reports import Reports
from sandbank.sessions import Credentials, MemoryStore, UserCredentials
from sandbank.simulator import Scenarios, Simulator
from sandbank.transactions import Transactions
from sandbank.transport import Transport
from sandbank.types import LogIn
from sandbank.webhooks import Webhooks


class Client(Caller):
    """The API's operations in groups. Safe for threads where its transport and token store are.

    Give the bank's `url` or a `transport`. Without `credentials`, `log_in` makes a session that lives in memory.
    Raises ValueError for text that is no address.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        transport: Transport | None = None,
        credentials: Credentials | None = None,
        patience: Patience | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        if (url is None) == (transport is None):
            message = "give the bank's url or a transport, not both"
            raise ValueError(message)
        super().__init__(
            transport or HttpTransport(url or ""),
            credentials or UserCredentials(MemoryStore()),
            patience or Patience(),
            timeout_seconds,
        )
        self.accounts = Accounts(self)
        self.audit = Audit(self)
        self.auth = Auth(self)
        self.card_network = CardNetwork(self)
        self.cards = Cards(self)
        self.custom_reports = CustomReports(self)
        self.direct_debits = DirectDebits(self)
        self.faults = Faults(self)
        self.scenarios = Scenarios(self)
        self.health = Health(self)
        self.holds = Holds(self)
        self.notifications = Notifications(self)
        self.own_data = OwnData(self)
        self.products = Products(self)
        self.rates = Rates(self)
        self.reports = Reports(self)
        self.payees = Payees(self)
        self.scheduled_payments = ScheduledPayments(self)
        self.simulator = Simulator(self)
        self.standing_orders = StandingOrders(self)
        self.transactions = Transactions(self)
        self.webhooks = Webhooks(self)

    def log_in(self, username: str, password: str) -> LogIn:
        """Log in, and act as this person from now on. Raises NotLoggedInError for a wrong name or password."""
        answered = self.auth.log_in(username, password).data
        if isinstance(self.credentials, UserCredentials):
            self.credentials.store.keep(answered)
        return answered

    def log_out(self) -> None:
        """End the session here, and at the bank; a session that had ended already is no error."""
        if not isinstance(self.credentials, UserCredentials):
            return
        tokens = self.credentials.store.load()
        if tokens is None:
            return
        self.credentials.store.forget()
        try:
            self.auth.log_out(tokens)
        except NotLoggedInError:
            return
