"""Published rates: what money is worth in other currencies, and what central banks pay and ask."""

from sandbank.answers import Answer
from sandbank.resource import Resource
from sandbank.types.rates import ExchangeRates, InterestRate, RateOfDay, RateSource

_PATH = "/api/rates"
_REFRESH_SECONDS = 60.0


class Rates(Resource):
    """`/api/rates`. Everybody reads them; administrators have them read anew."""

    def exchange(self, *, base: str | None = None, on: str | None = None) -> Answer[ExchangeRates]:
        """What one unit of `base`, else of the euro, is worth; on a day, else by the newest rates."""
        return self._client.call("GET", f"{_PATH}/exchange", query={"base": base, "on": on}, is_anonymous=True)

    def history(self, currency: str, *, base: str | None = None, days: int | None = None) -> Answer[list[RateOfDay]]:
        """What one unit of `base`, else of the euro, was worth in a currency from day to day, the oldest first."""
        query: dict[str, object] = {"currency": currency, "base": base, "days": days}
        return self._client.call("GET", f"{_PATH}/exchange/history", query=query, is_anonymous=True)

    def interest(self) -> Answer[list[InterestRate]]:
        """The rates of central banks and of deposits elsewhere, the newest of each."""
        return self._client.call("GET", f"{_PATH}/interest", is_anonymous=True)

    def sources(self) -> Answer[list[RateSource]]:
        """Where rates are read, and how that went (administrators)."""
        return self._client.get(f"{_PATH}/sources")

    def refresh(self) -> Answer[list[RateSource]]:
        """Have all rates read now (administrators); a source that does not answer says so in its `problem`."""
        path = f"{_PATH}/refresh"
        return self._client.call("POST", path, is_repeatable=True, timeout_seconds=_REFRESH_SECONDS)
