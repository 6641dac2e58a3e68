"""The inbox: what the bank tells a person about their accounts, payments and log-ins."""
