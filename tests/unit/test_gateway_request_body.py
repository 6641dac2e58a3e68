"""Bodies on their way in: bounded, complete, and streamed when large."""

import io

import pytest

from gateway.proxy.request_body import receive_body
from shared.refusals import MALFORMED, TOO_LARGE, Refusal, Refused

LIMIT = 4 * 1024 * 1024


def refusal_of(environ: dict[str, object]) -> Refusal:
    with pytest.raises(Refused) as caught:
        receive_body(environ, LIMIT)
    return caught.value.refusal


def test_a_small_body_is_read_at_once() -> None:
    body = receive_body({"CONTENT_LENGTH": "5", "wsgi.input": io.BytesIO(b"helloTHE NEXT REQUEST")}, LIMIT)
    assert (body.length, body.start, body.rest) == (5, b"hello", None)


def test_a_large_body_is_left_to_be_streamed() -> None:
    source = io.BytesIO(b"x" * 1_000_000)
    body = receive_body({"CONTENT_LENGTH": "1000000", "wsgi.input": source}, LIMIT)
    assert (body.length, body.start, body.rest, source.tell()) == (1_000_000, b"", source, 0)


def test_no_body_is_no_body() -> None:
    assert receive_body({}, LIMIT).length is None


def test_a_body_of_unknown_length_is_measured() -> None:
    environ = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": io.BytesIO(b"hello")}
    body = receive_body(environ, LIMIT)
    assert (body.length, body.start) == (5, b"hello")


def test_a_body_beyond_the_limit_is_refused_before_it_is_read() -> None:
    assert refusal_of({"CONTENT_LENGTH": str(LIMIT + 1), "wsgi.input": None}) is TOO_LARGE


def test_a_body_of_unknown_length_is_refused_as_it_passes_the_limit() -> None:
    source = io.BytesIO(b"x" * (LIMIT + 10))
    assert refusal_of({"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": source}) is TOO_LARGE
    assert source.tell() == LIMIT + 1


@pytest.mark.parametrize("length", ["-1", "+5", "5.0", "٥", "x"])
def test_a_length_that_is_none_is_refused(length: str) -> None:
    assert refusal_of({"CONTENT_LENGTH": length, "wsgi.input": io.BytesIO(b"hello")}) is MALFORMED


def test_a_body_that_ends_early_is_refused() -> None:
    assert refusal_of({"CONTENT_LENGTH": "6", "wsgi.input": io.BytesIO(b"hello")}) is MALFORMED
