"""Where a request ends, however its bytes are cut up on the way."""

import pytest

from shared.serving.framing import MAX_HEAD_BYTES, Framing, RequestBounds

LIMIT = 1000
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST / HTTP/1.1\r\ncontent-LENGTH: 5\r\n\r\nhello"
CHUNKED_HEAD = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
CHUNKED = CHUNKED_HEAD + b"3;a=b\r\nabc\r\n0a\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n"


def end_of(data: bytes, *, step: int = 0) -> RequestBounds | None:
    """What is found when so many bytes arrive at a time; all at once by default."""
    framing, received = Framing(LIMIT), bytearray()
    for start in range(0, len(data), step or len(data)):
        received += data[start : start + (step or len(data))]
        found = framing.find_end(received)
        if found is not None:
            return found
    return None


@pytest.mark.parametrize("request_bytes", [GET, POST, CHUNKED])
@pytest.mark.parametrize("step", [0, 1, 2, 3, 7])
def test_a_whole_request_ends_where_the_next_one_begins(request_bytes: bytes, step: int) -> None:
    found = end_of(request_bytes + GET, step=step)
    assert found is not None
    assert (found.size, found.is_last) == (len(request_bytes), False)
    assert request_bytes[: found.head_size].endswith(b"\r\n\r\n")


@pytest.mark.parametrize("request_bytes", [GET, POST, CHUNKED])
def test_no_part_of_a_request_is_taken_for_the_whole(request_bytes: bytes) -> None:
    assert [end_of(request_bytes[:size]) for size in range(1, len(request_bytes))] == [None] * (len(request_bytes) - 1)


@pytest.mark.parametrize("length", [b"1001", b"99999999999999999999999999", b"9" * 5000])
def test_a_body_said_to_be_too_large_is_not_waited_for(length: bytes) -> None:
    head = b"POST / HTTP/1.1\r\nContent-Length: " + length + b"\r\n\r\n"
    assert end_of(head) == RequestBounds(len(head), len(head), is_last=True)


def test_chunks_are_waited_for_up_to_one_byte_more_than_the_limit() -> None:
    head = CHUNKED_HEAD + b"fffff\r\n"
    assert end_of(head + b"x" * LIMIT) is None
    found = end_of(head + b"x" * (LIMIT + 1))
    assert found is not None
    assert found.is_last


@pytest.mark.parametrize("size", [b"00000000000000000006", b"000000000000006 ;a=b"])
def test_a_size_with_many_zeros_before_it_is_read_whole(size: bytes) -> None:
    request_bytes = CHUNKED_HEAD + size + b"\r\na\r\n\r\nb\r\n0\r\n\r\n"
    assert end_of(request_bytes + GET) == RequestBounds(len(CHUNKED_HEAD), len(request_bytes))


@pytest.mark.parametrize("zeros", [1, 15, 4000])
def test_a_length_with_many_zeros_before_it_is_the_number_it_says(zeros: int) -> None:
    head = b"POST / HTTP/1.1\r\nContent-Length: " + b"0" * zeros + b"5\r\n\r\n"
    assert end_of(head) is None
    assert end_of(head + b"hello" + GET) == RequestBounds(len(head), len(head) + 5)


def test_chunks_of_a_byte_each_do_not_grow_without_bound() -> None:
    framing, received = Framing(10_000_000), bytearray(CHUNKED_HEAD)
    while (found := framing.find_end(received)) is None:
        received += b"1;" + b"a" * 100 + b"\r\nx\r\n"
        assert len(received) < 300_000
    assert found.is_last


@pytest.mark.parametrize(
    "odd",
    [
        b"GET / HTTP/1.1\n\n",
        b"GET / HTTP/1.1\r\nHost: x\n\r\n\n",
        b"x" * 10_000,
        b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * (MAX_HEAD_BYTES // 6 + 1),
        CHUNKED_HEAD + b"xyz\r\n",
        CHUNKED_HEAD + b"-1\r\n",
        CHUNKED_HEAD + b"\r\n",
        CHUNKED_HEAD + b"3x\r\nabc\r\n",
        CHUNKED_HEAD + b"3 \r\nabc\r\n",
        CHUNKED_HEAD + b"1" * 10_000,
        CHUNKED_HEAD + b"0\r\n" + b"a" * 10_000,
    ],
)
def test_what_can_never_become_a_request_is_handed_over_to_be_refused(odd: bytes) -> None:
    found = end_of(odd)
    assert found is not None
    assert found.is_last


@pytest.mark.parametrize("length", [b"-5", b"5x", b"+5", b"", b"\xb2", b"5, 5"])
def test_a_length_that_is_no_number_is_left_to_the_parser(length: bytes) -> None:
    head = b"POST / HTTP/1.1\r\nContent-Length: " + length + b"\r\n\r\n"
    assert end_of(head + b"hello") == RequestBounds(len(head), len(head))


@pytest.mark.parametrize("codings", [b"gzip, chunked", b"gzip\r\nTransfer-Encoding: chunked", b"identity,chunked"])
def test_a_body_that_is_more_than_chunks_is_left_to_the_parser_and_not_waited_for(codings: bytes) -> None:
    head = b"POST / HTTP/1.1\r\nTransfer-Encoding: " + codings + b"\r\n\r\n"
    assert end_of(head + b"3\r\nabc\r\n") == RequestBounds(len(head), len(head))


def test_a_client_that_waits_to_be_asked_for_its_body_is_noticed() -> None:
    framing = Framing(LIMIT)
    head = bytearray(b"POST / HTTP/1.1\r\nExpect: 100-Continue\r\nTransfer-Encoding: chunked\r\n\r\n")
    assert framing.find_end(head) is None
    assert framing.is_expecting
