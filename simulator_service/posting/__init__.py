"""From a plan to the bank: accounts opened, events posted, time passed."""
