"""In the place of the OpenTelemetry collector: listens where its configuration says, and prints a line for each span.

    trace 0123456789abcdef0123456789abcdef: transaction-service, commit

It hands nothing on, and knows of the configuration what it listens to by OTLP over HTTP alone.
"""

import gzip
import re
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

_LISTENS = re.compile(r"\n {4}protocols:\n {6}http:\n {8}endpoint: (\S+):(\d+)\n")


def lines_of(body: bytes) -> list[str]:
    """A line for each span of a message."""
    sent = ExportTraceServiceRequest()
    sent.ParseFromString(body)
    return [
        f"trace {span.trace_id.hex()}: {_service(resource)}, {span.name}\n"
        for resource in sent.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


def _service(resource: object) -> str:
    named = {one.key: one.value.string_value for one in resource.resource.attributes}
    return named["service.name"]


class Receiver(BaseHTTPRequestHandler):
    """Takes what services send."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Print it and say that it has arrived."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        is_packed = self.headers.get("Content-Encoding") == "gzip"
        is_there = self.path == "/v1/traces"
        if is_there:
            sys.stdout.writelines(lines_of(gzip.decompress(body) if is_packed else body))
            sys.stdout.flush()
        self.send_response(200 if is_there else 404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing but spans is printed."""


def main(configuration: Path) -> None:
    """Does not return."""
    listens = _LISTENS.search(configuration.read_text())
    if listens is None:
        sys.exit(f"{configuration} does not say where to listen")
    ThreadingHTTPServer((listens[1], int(listens[2])), Receiver).serve_forever()


if __name__ == "__main__":
    main(Path(sys.argv[1].removeprefix("--config=")))
