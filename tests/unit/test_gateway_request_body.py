"""Bodies on their way in: bounded and complete."""

import io

import pytest

from gateway.proxy.request_body import receive_body
from shared.refusals import MALFORMED, TOO_LARGE, Refusal, Refused

LIMIT = 4 * 1024 * 1024


def refusal_of(environ: dict[str, object]) -> Refusal:
    with pytest.raises(Refused) as caught:
        receive_body(environ, LIMIT)
    return caught.value.refusal


def test_a_body_is_read_to_its_end_and_no_further() -> None:
    source = io.BytesIO(b"helloTHE NEXT REQUEST")
    assert receive_body({"CONTENT_LENGTH": "5", "wsgi.input": source}, LIMIT) == b"hello"
    assert receive_body({"CONTENT_LENGTH": "1000000", "wsgi.input": io.BytesIO(b"x" * 1_000_001)}, LIMIT) == (
        b"x" * 1_000_000
    )


def test_no_body_is_not_an_empty_one() -> None:
    assert receive_body({}, LIMIT) is None
    assert receive_body({"CONTENT_LENGTH": "0", "wsgi.input": io.BytesIO()}, LIMIT) == b""


def test_a_body_of_unknown_length_is_read_whole() -> None:
    environ = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": io.BytesIO(b"hello")}
    assert receive_body(environ, LIMIT) == b"hello"


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
