"""A receiver of the bank's webhooks: verify, remember the id, answer, then work.

    pip install standardwebhooks
    WEBHOOK_SECRET=whsec_... python receiver.py 9000
    sandbank webhooks add http://127.0.0.1:9000/hooks/bank

`standardwebhooks` checks signature and age. A message may come twice, with the same `webhook-id`.
"""

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook, WebhookVerificationError

LARGEST_BYTES = 64 * 1024
seen: set[str] = set()  # in earnest: a table, written in the transaction that does the work


class Receiver(BaseHTTPRequestHandler):
    """Answers 204 to what the bank sent, 400 to anything else; what is answered otherwise is sent again."""

    def do_POST(self) -> None:
        """One message."""
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(min(length, LARGEST_BYTES))
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            message = Webhook(os.environ["WEBHOOK_SECRET"]).verify(body, headers)
        except WebhookVerificationError:
            self.send_error(400, "not signed by the bank")
            return
        if message["id"] not in seen:
            seen.add(message["id"])
            sys.stdout.write(json.dumps({"type": message["type"], "data": message["data"]}) + "\n")
            sys.stdout.flush()
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Only messages are printed."""


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver).serve_forever()
