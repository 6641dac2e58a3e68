"""Auth's published keys over HTTP, for tests that run one service as a real process without all the others."""

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.keys import SigningKeys


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of services that were killed while they asked."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class KeyServer:
    """Serves the key set, revocations and service tokens of a `SigningKeys` on a free port of the loopback."""

    def __init__(self, keys: SigningKeys) -> None:
        server_keys = keys

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                if self.path == "/api/auth/jwks":
                    self._reply({"success": True, "keys": server_keys.key_set()})
                else:
                    after = int(self.path.partition("after=")[2] or 0)
                    self._reply({"success": True, "data": server_keys.revocations(after)})

            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                token = server_keys.token(asked["client_id"], role="service", scope="revocations:read")
                self._reply({"success": True, "data": {"access_token": token, "expires_in": 900}})

            def _reply(self, content: dict[str, Any]) -> None:
                body = json.dumps(content).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self._server = _Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
