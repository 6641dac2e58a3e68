"""Everyone of a new world gets a user and an account, through the bank's public API.

What has been made is stored chunk by chunk; after a kill the rest goes on, and what was made but not yet stored is
asked for again under the same names and keys, which gives the same users and accounts.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from sandbank import RefusedError
from sandbank.types import User
from shared.storage.database import Database
from shared.time.clock import to_wire
from simulator_service import repository
from simulator_service.log_ins import seeded_id
from simulator_service.models import Resident, StoredWorld
from simulator_service.people.names import username_stem
from simulator_service.people.population import Party
from simulator_service.posting.bank_client import BankClient

Item = TypeVar("Item")

USERS_AT_ONCE = 1000
ACCOUNTS_AT_ONCE = 500
_TRIES = 3
PEOPLE_SHARE_PPM, ACCOUNTS_SHARE_PPM = 100_000, 200_000
"""How much of a world's progress these two stages are, in millionths."""


def usernames(parties: Sequence[Party], world_number: int) -> dict[str, str]:
    """A user name for each party id: its name, made unique by its place in the world and by the world's number."""
    taken: set[str] = set()
    chosen = {}
    for place, party in enumerate(parties, start=1):
        name = username_stem(party.name)
        if name in taken:
            name = f"{name}.{place}"
        taken.add(name)
        chosen[party.id] = name if world_number == 1 else f"{name}.w{world_number}"
    return chosen


def onboard(
    database: Database, bank: BankClient, world: StoredWorld, parties: Sequence[Party], password: str
) -> Iterator[int]:
    """Make what is missing, a chunk at each step; yields the progress so far in millionths of the whole job."""
    with database.read_session() as session:
        settled = {resident.party_id: resident for resident in repository.residents(session, world.id)}
    names = usernames(parties, world.number)
    for chunk in chunks([party for party in parties if party.id not in settled], USERS_AT_ONCE):
        made = _make_users(bank, world, chunk, names, password)
        residents = [
            Resident(world_id=world.id, party_id=party.id, user_id=user["id"], username=user["username"])
            for party, user in zip(chunk, made, strict=True)
        ]
        with database.write_session() as session:
            repository.add_residents(session, residents)
        settled.update({resident.party_id: resident for resident in residents})
        yield PEOPLE_SHARE_PPM * len(settled) // len(parties)
    waiting = [resident for resident in settled.values() if resident.account_id is None]
    housed = len(parties) - len(waiting)
    for homeless in chunks(waiting, ACCOUNTS_AT_ONCE):
        opened = bank.open_accounts([_account(resident, world) for resident in homeless])
        with database.write_session() as session:
            ids = zip((resident.party_id for resident in homeless), opened, strict=True)
            repository.set_accounts(session, world.id, dict(ids))
        housed += len(homeless)
        yield PEOPLE_SHARE_PPM + ACCOUNTS_SHARE_PPM * housed // len(parties)


def _make_users(
    bank: BankClient, world: StoredWorld, chunk: Sequence[Party], names: dict[str, str], password: str
) -> list[User]:
    """The chunk's users. Where somebody else has a user name already, the world's own id is added to it; where an id
    was somebody's who was erased, the bank chooses another."""
    is_seeded = True
    for _ in range(_TRIES):
        try:
            return bank.make_users([_user(party, names, world, is_seeded=is_seeded) for party in chunk], password)
        except RefusedError as error:
            taken = set(error.details.get("usernames", ()))
            if error.code == "USERNAME_TAKEN" and taken:
                for party in chunk:
                    if names[party.id] in taken:
                        names[party.id] = f"{names[party.id]}.{world.id[-6:]}"
            elif is_seeded and any(field.endswith(".id") for field in error.fields):
                is_seeded = False
            else:
                raise
    return bank.make_users([_user(party, names, world, is_seeded=is_seeded) for party in chunk], password)


def chunks(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """So many items at a time."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _user(party: Party, names: Mapping[str, str], world: StoredWorld, *, is_seeded: bool) -> dict[str, str]:
    name, chosen = names[party.id], seeded_id(world, f"user {party.id}") if is_seeded else None
    return {
        **({} if chosen is None else {"id": chosen}),
        "username": name,
        "email": f"{name}@sandbank.example",
        "full_name": party.name,
        **_since_the_beginning(world),
    }


def _account(resident: Resident, world: StoredWorld) -> dict[str, str]:
    chosen = seeded_id(world, f"account {resident.party_id}")
    return {
        **({} if chosen is None else {"id": chosen}),
        "user_id": resident.user_id,
        "account_type": "checking",
        "currency": world.currency,
        "idempotency_key": f"{world.id}:{resident.party_id}",
        **_since_the_beginning(world),
    }


def _since_the_beginning(world: StoredWorld) -> dict[str, str]:
    """All of a world's people bank here from where its history begins."""
    return {} if world.start_us is None else {"effective_at": to_wire(world.start_us)}
