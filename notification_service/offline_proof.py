"""The seals of this service's rows, proved where nobody serves them: `python -m notification_service.offline_proof`."""

from notification_service.models import db
from shared.services import NOTIFICATION
from shared.storage import offline_seal_proof

if __name__ == "__main__":
    offline_seal_proof.main(NOTIFICATION, db)
