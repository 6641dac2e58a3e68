"""`sandbank dashboard`: the administrator's page in a terminal."""
