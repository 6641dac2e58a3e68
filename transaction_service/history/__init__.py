"""Reading what was booked: lists of transactions for people, the journal feed for services."""
