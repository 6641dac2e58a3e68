"""Bodies that are too large, too deep, packed, or not what they say they are (catalogue 33)."""

import gzip
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator

import pytest
from werkzeug.test import TestResponse

from shared import services
from shared.http.application import MAX_STRANGERS_BODY_BYTES
from shared.services import Service
from tests.apps import Bank, Route
from tests.security.estate import Estate

EVERY_BACKEND = pytest.mark.parametrize("service", services.BACKENDS, ids=lambda service: service.package)
MEGABYTE = 1024 * 1024
MEMORY_LIMIT_BYTES = 50 * MEGABYTE
JSON = "application/json"


UNKNOWN = "".join(f'"k{number}":"",' for number in range(300))


def bomb(gigabytes: int = 1) -> bytes:
    """So many gigabytes of spaces, packed into about a thousandth: gzip members may simply follow each other."""
    return gzip.compress(b" " * MEGABYTE, 9) * (1024 * gigabytes)


def writing_routes(bank: Bank, service: Service) -> list[Route]:
    """Routes with a body, public and protected ones."""
    return [route for route in bank.routes(service) if route.method != "GET"]


def headers_for(bank: Bank, route: Route) -> dict[str, str]:
    """Somebody who may call it."""
    if route.access.service_scope:
        return bank.headers("service", scope=route.access.service_scope)
    return bank.headers("admin", scope="bank:simulate cards:acquire")


def send(bank: Bank, route: Route, body: bytes, content_type: str | None = JSON, **headers: str) -> TestResponse:
    return bank.client(route.service).open(
        route.path(),
        method=route.method,
        data=body,
        content_type=content_type,
        headers={**headers_for(bank, route), **headers},
    )


@pytest.fixture
def memory() -> Iterator[Callable[[], int]]:
    """The most memory, in bytes, that was taken at once since the test began."""
    tracemalloc.start()
    tracemalloc.reset_peak()
    before, _ = tracemalloc.get_traced_memory()
    yield lambda: tracemalloc.get_traced_memory()[1] - before
    tracemalloc.stop()


def refusal(reply: TestResponse) -> tuple[int, str]:
    return reply.status_code, reply.json["error_code"]


@EVERY_BACKEND
def test_ten_megabytes_of_json_are_too_large_and_are_not_read(
    bank: Bank, service: Service, memory: Callable[[], int]
) -> None:
    body = b'{"description": "' + b"a" * (10 * MEGABYTE) + b'"}'
    before = memory()
    for route in writing_routes(bank, service):
        assert refusal(send(bank, route, body)) == (413, "PAYLOAD_TOO_LARGE"), str(route)
    assert memory() - before < MEMORY_LIMIT_BYTES


@EVERY_BACKEND
def test_a_stream_that_hides_its_length_is_cut_off_at_the_limit(
    bank: Bank, service: Service, memory: Callable[[], int]
) -> None:
    for route in writing_routes(bank, service):
        stream = Endless()
        reply = bank.client(service).open(
            route.path(),
            method=route.method,
            headers={**headers_for(bank, route), "Transfer-Encoding": "chunked"},
            content_type=JSON,
            environ_overrides={"wsgi.input": stream, "wsgi.input_terminated": True},
        )
        assert refusal(reply) == (413, "PAYLOAD_TOO_LARGE"), str(route)
        assert stream.given < 6 * MEGABYTE
    assert memory() < MEMORY_LIMIT_BYTES


@EVERY_BACKEND
def test_strangers_send_little(bank: Bank, service: Service) -> None:
    body = b'{"username": "' + b"a" * MAX_STRANGERS_BODY_BYTES + b'"}'
    for route in writing_routes(bank, service):
        if route.access.is_public:
            reply = send(bank, route, body)
            assert refusal(reply) == (413, "PAYLOAD_TOO_LARGE"), str(route)
            assert reply.json["details"]["limit_bytes"] == MAX_STRANGERS_BODY_BYTES


@pytest.mark.parametrize(
    "body",
    [
        ('{"description": "' + "\u00e9" * 2_000_000 + '"}').encode(),
        ("{" + ",".join(f'"k{number}":""' for number in range(250_000)) + "}").encode(),
        ('{"items": [' + ",".join("{" + UNKNOWN + '"type":"deposit"}' for _ in range(900)) + "]}").encode(),
    ],
    ids=["one long text", "unknown fields", "items of unknown fields"],
)
def test_no_body_takes_long_to_be_refused_or_comes_back_larger(bank: Bank, bob: Estate, body: bytes) -> None:
    began = time.process_time()
    path = "/api/transactions/batch" if b"items" in body else "/api/transactions/transfer"
    reply = bank.client(services.TRANSACTION).post(path, data=body, content_type=JSON, headers=bob.headers)
    assert reply.status_code in (200, 422)
    assert time.process_time() - began < 2
    assert len(reply.data) < 2 * len(body)


class Endless:
    """A body without an end; it counts what was taken of it."""

    given = 0

    def read(self, size: int = -1) -> bytes:
        amount = 65_536 if size < 0 else min(size, 65_536)
        self.given += amount
        assert self.given < 20 * MEGABYTE, "reads on and on"
        return b" " * amount

    def readinto(self, buffer: bytearray) -> int:
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


DEEP = {
    "100,000 lists": b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "100,000 objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "100,000 lists that never end": b"[" * 100_000,
    "100,000 objects inside a batch": b'{"items":[' + b'{"a":' * 100_000,
}
AMBIGUOUS = {
    "a key twice": b'{"amount":"1.00","amount":"100.00"}',
    "a key twice, once escaped": b'{"amount":"1.00","am\\u006funt":"100.00"}',
    "a key twice, deep inside": b'{"items":[{"a":{"b":1,"b":2}}]}',
    "NaN": b'{"amount":NaN}',
    "a comment": b'{"amount":"1.00"/* or 100 */}',
    "a comma too many": b'{"amount":"1.00",}',
    "two documents": b"{}{}",
    "a document and a NUL": b"{}\x00",
    "nothing but spaces": b"   ",
    "a byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": '{"amount":"1.00"}'.encode("utf-16"),
    "UTF-7": b"+AHs-+AH0-",
    "broken UTF-8": b'{"description":"\xff\xfe"}',
    "an overlong slash": b'{"description":"\xc0\xaf"}',
    "half a surrogate in bytes": b'{"description":"\xed\xa0\x80"}',
    "the first half of a surrogate pair": b'{"description":"\\ud800"}',
    "the second half of a surrogate pair": b'{"token":["\\uDFFF"]}',
    "a surrogate pair in the wrong order": b'{"description":"\\udc00\\ud800"}',
    "half a surrogate pair in a name": b'{"\\ud800":1}',
    "a raw newline in a string": b'{"description":"a\nb"}',
    "a list": b"[]",
    "a string": b'"{}"',
    "null": b"null",
    "a number": b"1",
    "a form": b"amount=1.00&account_id=1",
    "XML": b"<amount>1.00</amount>",
    "a gzip bomb that does not say so": gzip.compress(b" " * MEGABYTE),
}


@EVERY_BACKEND
@pytest.mark.parametrize("name", [*DEEP, *AMBIGUOUS])
def test_what_is_not_plainly_one_json_object_is_malformed(bank: Bank, service: Service, name: str) -> None:
    body = {**DEEP, **AMBIGUOUS}[name]
    for route in writing_routes(bank, service):
        is_too_large = route.access.is_public and len(body) > MAX_STRANGERS_BODY_BYTES
        expected = (413, "PAYLOAD_TOO_LARGE") if is_too_large else (400, "MALFORMED_REQUEST")
        assert refusal(send(bank, route, body)) == expected, str(route)


@EVERY_BACKEND
@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "deflate", "br", "zstd", "gzip, gzip", "compress", "x-gzip", ""])
def test_packed_bodies_are_refused_unopened(
    bank: Bank, service: Service, encoding: str, memory: Callable[[], int]
) -> None:
    body = bomb() if encoding == "gzip" else zlib.compress(b"{}")
    before = memory()
    for route in writing_routes(bank, service):
        reply = send(bank, route, body, **{"Content-Encoding": encoding})
        assert refusal(reply) == (415, "UNSUPPORTED_MEDIA_TYPE"), str(route)
    assert memory() - before < MEMORY_LIMIT_BYTES


@EVERY_BACKEND
@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "text/plain",
        "text/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
        "application/octet-stream",
        "application/jsonp",
        "application/json/x",
        "json",
    ],
)
def test_what_is_not_called_json_is_not_read_as_json(bank: Bank, service: Service, content_type: str | None) -> None:
    for route in writing_routes(bank, service):
        assert refusal(send(bank, route, b"{}", content_type)) == (415, "UNSUPPORTED_MEDIA_TYPE"), str(route)


def test_control_characters_in_text_are_refused_and_never_stored(bank: Bank, bob: Estate) -> None:
    account = bob.ids["account_id"]
    for text in ("a\\u0000b", "a\\nb", "\\u001b[31m", "\\u007f", "\\r\\nSet-Cookie: a=b"):
        body = f'{{"account_id": "{account}", "amount": "1.00", "description": "{text}"}}'
        reply = bank.client(services.TRANSACTION).post(
            "/api/transactions/deposit", data=body, headers=bob.headers, content_type=JSON
        )
        assert refusal(reply) == (422, "VALIDATION_ERROR"), text
        assert set(reply.json["details"]["fields"]) == {"description"}


def test_unknown_fields_with_broken_names_are_named_back_without_harm(bank: Bank, bob: Estate) -> None:
    body = b'{"\\ud83d\\ude00": 1, "a\\u0000": 2, "\\u202e": 3, "' + b"x" * 100_000 + b'": 4}'
    reply = bank.client(services.TRANSACTION).post(
        "/api/transactions/deposit", data=body, headers=bob.headers, content_type=JSON
    )
    assert refusal(reply) == (422, "VALIDATION_ERROR")
    reply.data.decode("utf-8")


def test_a_number_where_text_belongs_is_refused(bank: Bank, bob: Estate) -> None:
    body = f'{{"account_id": "{bob.ids["account_id"]}", "amount": "1.00", "description": 1.5}}'
    reply = bank.client(services.TRANSACTION).post(
        "/api/transactions/deposit", data=body, headers=bob.headers, content_type=JSON
    )
    assert set(reply.json["details"]["fields"]) == {"description"}
