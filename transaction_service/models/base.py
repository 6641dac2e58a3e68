"""What all tables of the ledger are declared on: one set of models, in one database."""

from shared.storage.database import service_models

db = service_models()
metadata = db.metadata
