"""A service that answers every transfer at once with as many bytes as a real one: the limit of the stack itself."""

from flask import Flask, Response

from benchmarks.limits import REPLY_BYTES
from shared import services
from shared.server import serve

REPLY = b'{"success":true,"data":"' + b"x" * (REPLY_BYTES - 26) + b'"}'


def create_app() -> Flask:
    """One route, no checks, no storage."""
    app = Flask(__name__)

    @app.post("/api/transactions/transfer")
    def nothing() -> Response:
        return Response(REPLY, status=201, mimetype="application/json")

    return app


if __name__ == "__main__":
    serve(services.TRANSACTION, create_app, read_settings=lambda: None)
