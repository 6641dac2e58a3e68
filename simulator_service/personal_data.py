"""What the simulator keeps of a person, for an export of their own data."""

from sqlalchemy import select

from shared.privacy.personal_data import Section
from simulator_service.models import Resident

SECTIONS = (
    Section(
        "worlds",
        "Worlds of the simulation that you live in.",
        lambda user_id: select(Resident.world_id, Resident.party_id, Resident.username, Resident.account_id).where(
            Resident.user_id == user_id
        ),
        Resident.__table__.c.world_id + ":" + Resident.__table__.c.party_id,
    ),
)
