"""The seals of this service's rows, proved where nobody serves them: `python -m simulator_service.offline_proof`."""

from shared.services import SIMULATOR
from shared.storage import offline_seal_proof
from simulator_service.models import db

if __name__ == "__main__":
    offline_seal_proof.main(SIMULATOR, db)
