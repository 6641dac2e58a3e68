"""What the routes of the simulator work with."""

from dataclasses import dataclass

from flask import current_app

from shared.storage.database import Database
from simulator_service.engine import Engine
from simulator_service.faults.registry import FaultRegistry
from simulator_service.posting.bank_client import BankClient
from simulator_service.posting.world_runner import WorldRunner
from simulator_service.reset import Reset
from simulator_service.settings import Settings


@dataclass(frozen=True)
class SimulatorContext:
    """`runner` knows the worlds' plans; `clock` asks the bank the time, without patience."""

    settings: Settings
    database: Database
    engine: Engine
    runner: WorldRunner
    clock: BankClient
    reset: Reset
    faults: FaultRegistry


def context() -> SimulatorContext:
    """The context of the app being served."""
    found: SimulatorContext = current_app.extensions["context"]
    return found
