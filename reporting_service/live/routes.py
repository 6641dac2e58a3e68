"""The HTTP of the totals of this second: once as JSON, or each second as server-sent events."""

from collections.abc import Iterator

from flask import Response
from flask_openapi3 import Tag

from reporting_service.context import context
from reporting_service.live.board import LiveBoard
from reporting_service.live.payloads import LiveQuery, LiveTotals
from shared.contract.blueprint import ServiceBlueprint
from shared.http.application import SECURED, ViewReply
from shared.http.payloads import reply_of, success
from shared.http.route_files import answers_files
from shared.identity.access import ADMIN, access, current_token
from shared.serving.open_reply import OpenReply

EVENT_STREAM = "text/event-stream"

blueprint = ServiceBlueprint(
    "live",
    __name__,
    url_prefix="/api/reports",
    abp_security=SECURED,
    abp_tags=[Tag(name="Live", description="The whole bank this second.")],
)


class _Watching:
    """The body of a stream. A server that knows of no replies that go on reads one event, and its client asks again."""

    def __init__(self, board: LiveBoard, token: str) -> None:
        self._board = board
        self._token = token

    def go_on(self, reply: OpenReply) -> None:
        """Go on without the thread that has the request."""
        self._board.watch(reply, self._token)

    def __iter__(self) -> Iterator[bytes]:
        yield self._board.event()


@blueprint.get("/live", responses={"200": reply_of(LiveTotals)}, summary="Stream totals as server-sent events")
@access(ADMIN)
@answers_files(EVENT_STREAM)
def watch_totals(query: LiveQuery) -> ViewReply:
    board = context().live
    if query.once:
        return success(board.now())
    board.check_room()
    watching = _Watching(board, current_token())
    response = Response(watching, content_type=EVENT_STREAM, direct_passthrough=True)
    response.headers["X-Accel-Buffering"] = "no"  # nginx would wait for more
    return response
