"""What a person is called once they were erased, and the call by which auth has each service forget them.

The call may come any number of times: what there is to forget is forgotten in one commit, and after that there is
nothing to do.
"""

from collections.abc import Callable

from flask import Flask

from shared.access import access, service_only
from shared.feeds import Row
from shared.payloads import success
from shared.personal_data import PersonPath
from shared.refusals import Refusal
from shared.route_refusals import refuses

SCOPE = "people:erase"
PATH = "/internal/people/<user_id>/erasure"
NAME = "Erased customer"


def install_erasure(app: Flask, erase: Callable[[str], None], *refusals: Refusal) -> None:
    """Let auth have this service forget a person, by `erase(user_id)`, which may raise these. Before `seal`."""

    @app.put(PATH, doc_ui=False)
    @access(service_only(SCOPE))
    @refuses(*refusals)
    def erase_person(path: PersonPath) -> Row:
        erase(path.user_id)
        return success({"erased": True})
