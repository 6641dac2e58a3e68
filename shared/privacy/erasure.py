"""What a person is called once they were erased, and the call by which auth has each service forget them.

The call may come any number of times: what there is to forget is forgotten in one commit, and after that there is
nothing to do.
"""

from collections.abc import Callable

from flask import Flask

from shared.contract.route_refusals import refuses
from shared.events.feeds import Row
from shared.http.payloads import success
from shared.identity.access import access, service_only
from shared.privacy.personal_data import PersonPath
from shared.refusals import Refusal

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
