"""What the routes of the simulator work with."""

import threading
from dataclasses import dataclass

from flask import current_app

from sandbank import Transport
from shared.storage.database import Database
from simulator_service.engine import Engine
from simulator_service.faults.registry import FaultRegistry
from simulator_service.posting.bank_client import BankClient
from simulator_service.posting.world_runner import WorldRunner
from simulator_service.reset import Reset
from simulator_service.settings import Settings


@dataclass(frozen=True)
class SimulatorContext:
    """`runner` knows the worlds' plans; `clock` asks the bank the time, without patience; `gateway` leads to the bank.
    Who writes an export holds `exports`.
    """

    settings: Settings
    database: Database
    engine: Engine
    runner: WorldRunner
    clock: BankClient
    reset: Reset
    faults: FaultRegistry
    gateway: Transport
    exports: threading.Semaphore


def context() -> SimulatorContext:
    """The context of the app being served."""
    found: SimulatorContext = current_app.extensions["context"]
    return found
