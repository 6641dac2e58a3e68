"""The engine: one thread that carries out jobs and keeps a world living. Everything it knows is in the database.

Of several processes one has the engine, by a file lock that the system releases however the process ends.
"""

import fcntl
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import structlog
from sqlalchemy.exc import DBAPIError

from sandbank import BankError
from shared.events.feed_wakeups import Listener
from shared.observability import tracing
from shared.observability.logs import cause_of
from shared.refusals import UNAVAILABLE, Refused
from shared.services import SIMULATOR
from shared.storage.database_errors import is_of_the_storage
from shared.time.clock import MICROSECONDS
from simulator_service import jobs, repository
from simulator_service.models import Job, StoredWorld
from simulator_service.posting.bank_client import EngineStoppingError
from simulator_service.posting.world_runner import JobCancelledError, WorldGoneError, WorldRunner
from simulator_service.reset import Reset

logger = structlog.get_logger(__name__)

IDLE_SECONDS = 0.5
TICK_SECONDS = 1.0
LONGEST_TICK_SECONDS = 5.0
"""However long posting took, a tick of live mode moves the bank by no more than this many seconds at its speed."""
RESET_WAIT_SECONDS = 25.0


class Engine:
    """Start it once per process; `wake` tells it of a new job at once."""

    def __init__(self, runner: WorldRunner, reset: Reset, lock_file: Path, stopping: threading.Event) -> None:
        self._runner = runner
        self._reset = reset
        self._lock_file = lock_file
        self._stopping = stopping
        self._woken = threading.Event()
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._ticked_at: float | None = None
        self._bell = Listener(SIMULATOR)

    def start(self) -> None:
        """Begin, and go on with what an earlier process left unfinished."""
        self._thread.start()

    def stop(self) -> None:
        """End after the step under way."""
        self._stopping.set()
        self.wake()
        if self._thread.ident is not None:
            self._thread.join()

    def wake(self) -> None:
        """There is something new to do."""
        self._woken.set()
        self._bell.wake()

    @contextmanager
    def held(self) -> Iterator[None]:
        """No step runs inside this block. Raises Refused (503) when the present one does not end soon."""
        if not self._runner.step_lock.acquire(timeout=RESET_WAIT_SECONDS):
            raise Refused(UNAVAILABLE, "The simulator is waiting for the bank; try again shortly.")
        try:
            yield
        finally:
            self._runner.step_lock.release()

    def _run(self) -> None:
        with self._lock_file.open("w") as lock:
            while not self._stopping.is_set() and not _is_ours(lock.fileno()):
                self._stopping.wait(IDLE_SECONDS)
            while not self._stopping.is_set():
                self._woken.clear()
                try:
                    pause_seconds = self._turn()
                except (EngineStoppingError, WorldGoneError):
                    continue
                except BankError as error:
                    logger.warning("bank_away", code=error.code)
                    pause_seconds = TICK_SECONDS
                except (Refused, DBAPIError) as error:
                    logger.warning("engine_waits", cause=cause_of(error))
                    pause_seconds = TICK_SECONDS
                except Exception:  # the engine must outlive any surprise: what failed is logged and tried again
                    logger.exception("engine_turn_failed")
                    pause_seconds = TICK_SECONDS
                if pause_seconds == IDLE_SECONDS:
                    self._bell.wait(self._woken, pause_seconds)  # a job that another process was given is a commit
                else:
                    self._woken.wait(pause_seconds)

    def _turn(self) -> float:
        """Do what there is to do; how long to sleep after it.

        Raises Refused while a reset cannot be finished, and like DBAPIError while the storage is busy or away.
        """
        self._reset.resume()
        with self._runner.database.read_session() as session:
            job = repository.job_to_run(session)
            speed = repository.live_speed(session)
            worlds = repository.living_worlds(session) if speed is not None else ()
        if job is not None:
            self._ticked_at = None
            self._carry_out(job)
            return 0.0
        if speed is not None and worlds:
            self._tick(worlds, speed)
            return TICK_SECONDS
        self._ticked_at = None
        return IDLE_SECONDS

    def _carry_out(self, job: Job) -> None:
        """Carry out the job to its end, whichever that is.

        While the simulator's own storage is busy or away it has none: that is raised, and the job, which goes on from
        what is stored, is taken up at the next turn as after a kill.
        """
        self._runner.bank.follow_as(job.id)
        logger.info("job_begins", job=job.id, kind=job.kind)
        try:
            with tracing.work("simulator job"):
                jobs.carry_out(self._runner, job)
        except (EngineStoppingError, WorldGoneError):
            raise
        except JobCancelledError:
            logger.info("job_cancelled", job=job.id)
            jobs.stop(self._runner, job)
        except BankError as error:
            logger.warning("job_failed", job=job.id, code=error.code)
            jobs.fail(self._runner, job, error.message)
        except Refused as refused:
            if refused.refusal is UNAVAILABLE:
                raise
            logger.warning("job_failed", job=job.id, code=refused.refusal.code)
            jobs.fail(self._runner, job, refused.message or refused.refusal.message)
        except Exception as error:
            if is_of_the_storage(error):
                raise
            logger.exception("job_failed", job=job.id)
            jobs.fail(self._runner, job, f"The simulator itself failed: {type(error).__name__}.")
        else:
            logger.info("job_succeeded", job=job.id)

    def _tick(self, worlds: Sequence[StoredWorld], speed: int) -> None:
        """Let the clock catch up with the speed and post what came due. At speed 1 the clock runs by itself."""
        self._runner.bank.follow_as("live-mode")
        now, before = time.monotonic(), self._ticked_at
        self._ticked_at = now
        if not all(self._runner.is_arranged(world) for world in worlds):
            jobs.arrange_all(self._runner)
        with self._runner.step_lock:  # no reset comes in between: the clock is moved for worlds that there still are
            self._runner.world(worlds[0].id)
            if not self._runner.bank.clock_runs():  # then worlds live by `advance` alone
                return
            began_us = self._runner.bank.time_us()
        passed_us = 0 if before is None else int(min(now - before, LONGEST_TICK_SECONDS) * MICROSECONDS)
        until_us = (began_us + passed_us * (speed - 1)) // MICROSECONDS * MICROSECONDS
        began_us = began_us // MICROSECONDS * MICROSECONDS
        goals = {world.id: until_us for world in worlds}
        for world_id, step in jobs.steps_of(self._runner, worlds, began_us, goals):
            self._runner.take(step, world_id, moves_clock=speed > 1 and step.until_us > began_us)
            if self._stopping.is_set() or self._woken.is_set():
                return


def _is_ours(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
