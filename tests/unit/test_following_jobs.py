"""A job is followed to its end, over a bank that is away for a while and no longer."""

import json
from itertools import islice

import pytest

from sandbank import Client, NotSentError, Reply, Request, ServiceCredentials, UnavailableError
from sandbank.simulator import FINISHED, followed, is_finished
from shared.enums import JobStatus
from simulator_service.payloads import Job
from tests import canned

AWAY = NotSentError("http://bank.test")


class Replies:
    """A transport that gives these replies in turn, the last one for ever; `asked` counts the requests."""

    def __init__(self, *replies: Reply | Exception) -> None:
        self.replies, self.asked = replies, 0

    def send(self, request: Request, seconds: float) -> Reply:
        assert (request.method, request.path) == ("GET", "/api/simulator/jobs/j1")
        assert seconds > 0
        reply = self.replies[min(self.asked, len(self.replies) - 1)]
        self.asked += 1
        if isinstance(reply, Exception):
            raise reply
        return reply


def job(status: str, posted: int) -> Reply:
    facts = canned.example(Job, status=status, posted=posted) | {"id": "j1"}
    return Reply(200, json.dumps({"success": True, "data": facts}).encode())


def client(*replies: Reply | Exception) -> tuple[Client, Replies]:
    script = Replies(*replies)
    return Client(transport=script, credentials=ServiceCredentials(lambda: "service")), script


def test_each_look_is_given_and_the_last_is_the_finished_job() -> None:
    bank, script = client(job("running", 1), job("running", 2), job("cancelled", 3), job("failed", 4))
    seen = list(followed(bank.simulator, bank.simulator.job("j1"), look_seconds=0))
    assert [one.data["posted"] for one in seen] == [1, 2, 3]
    assert script.asked == 3


def test_while_the_bank_is_away_the_last_is_given_again_and_not_for_ever() -> None:
    bank, _ = client(job("running", 1), AWAY, AWAY, job("succeeded", 2))
    seen = followed(bank.simulator, bank.simulator.job("j1"), look_seconds=0, away_seconds=60)
    assert [one.data["posted"] for one in seen] == [1, 1, 1, 2]
    bank, _ = client(job("running", 1), AWAY)
    lost = followed(bank.simulator, bank.simulator.job("j1"), look_seconds=0)
    assert len(list(islice(lost, 1))) == 1
    with pytest.raises(UnavailableError):
        next(lost)


def test_a_job_is_finished_in_each_state_that_it_does_not_leave() -> None:
    assert set(FINISHED) | {JobStatus.QUEUED, JobStatus.RUNNING} == set(JobStatus)
    bank, _ = client(job("queued", 0))
    assert not is_finished(bank.simulator.job("j1").data)
