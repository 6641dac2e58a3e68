"""Every source there is."""

from account_service.rates.sources import bank_of_england, ecb_exchange, ecb_key_rates, fdic

EXCHANGE = ecb_exchange.SOURCE
SOURCES = (EXCHANGE, ecb_key_rates.SOURCE, bank_of_england.SOURCE, fdic.SOURCE)
