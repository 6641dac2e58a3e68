"""Replies of services: where they end, and that a part is never taken for the whole."""

import pytest

from gateway.proxy.upstream_reply import Head, Reply, UpstreamBrokeError, parse_head, read_reply


class Arriving:
    """A connection on which these pieces arrive, then the end."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = list(pieces)
        self.fate = ""

    def receive(self) -> bytes:
        return self.pieces.pop(0) if self.pieces else b""

    def release(self) -> None:
        self.fate = "released"

    def close(self) -> None:
        self.fate = "closed"


def head_of(*lines: str, start: bytes = b"", status: str = "HTTP/1.1 200 OK") -> Head:
    return parse_head("\r\n".join((status, *lines)).encode("latin-1"), start)


def read(source: Arriving, head: Head) -> tuple[Reply, bytes]:
    reply = read_reply(source, head, has_body=True)
    return reply, b"".join(reply.body)


def test_a_measured_body_arrives_in_pieces_and_gives_the_connection_back() -> None:
    source = Arriving(b"lo", b" you")
    reply, body = read(source, head_of("Content-Length: 9", "X-A: b", start=b"hel"))
    assert (body, source.fate) == (b"hello you", "released")
    assert reply.headers == [("X-A", "b"), ("Content-Length", "9")]


@pytest.mark.parametrize("cut", [b"", b"hel"])
def test_a_measured_body_that_is_cut_short_is_an_error(cut: bytes) -> None:
    with pytest.raises(UpstreamBrokeError):
        read(Arriving(), head_of("Content-Length: 9", start=cut))


def test_more_than_was_announced_is_an_error() -> None:
    with pytest.raises(UpstreamBrokeError):
        read(Arriving(), head_of("Content-Length: 2", start=b"abc"))


def test_a_large_body_is_streamed() -> None:
    source = Arriving(b"x" * 60_000, b"y" * 40_000)
    reply = read_reply(source, head_of("Content-Length: 100000"), has_body=True)
    pieces = iter(reply.body)
    assert len(next(pieces)) == 60_000
    assert source.fate == ""
    assert len(next(pieces)) == 40_000
    assert source.fate == "released"
    assert list(pieces) == []


def test_a_streamed_body_that_is_cut_short_raises_instead_of_ending() -> None:
    source = Arriving(b"x" * 60_000)
    reply = read_reply(source, head_of("Content-Length: 100000"), has_body=True)
    with pytest.raises(UpstreamBrokeError):
        list(reply.body)


def test_a_client_that_goes_away_midway_ends_the_connection() -> None:
    source = Arriving(b"x" * 60_000, b"y" * 40_000)
    reply = read_reply(source, head_of("Content-Length: 100000"), has_body=True)
    next(iter(reply.body))
    reply.body.close()
    assert source.fate == "closed"


@pytest.mark.parametrize("split", [1, 2, 3, 5, 7, 1000])
def test_a_chunked_body_is_decoded_however_it_arrives(split: int) -> None:
    wire = b"5\r\nhello\r\n4;ext=1\r\n you\r\n0\r\nX-Trailer: 1\r\n\r\n"
    source = Arriving(*[wire[at : at + split] for at in range(0, len(wire), split)])
    reply, body = read(source, head_of("Transfer-Encoding: chunked"))
    assert (body, source.fate, reply.headers) == (b"hello you", "released", [])


@pytest.mark.parametrize(
    "wire", [b"5\r\nhel", b"5\r\nhello\r\n", b"zz\r\n", b"5\r\nhelloX\r\n0\r\n\r\n", b"-5\r\nhello\r\n"]
)
def test_a_chunked_body_that_is_broken_raises(wire: bytes) -> None:
    with pytest.raises(UpstreamBrokeError):
        read(Arriving(wire), head_of("Transfer-Encoding: chunked"))


def test_a_body_without_length_ends_with_the_connection() -> None:
    source = Arriving(b"ab", b"cd")
    assert read(source, head_of())[1] == b"abcd"
    assert source.fate == "closed"


@pytest.mark.parametrize(
    ("status", "lines", "fate"),
    [
        ("HTTP/1.1 204 No Content", (), "released"),
        ("HTTP/1.1 304 Not Modified", ("Content-Length: 10",), "released"),
        ("HTTP/1.1 204 No Content", ("Connection: close",), "closed"),
        ("HTTP/1.0 204 No Content", (), "closed"),
    ],
)
def test_replies_without_a_body_end_at_once(status: str, lines: tuple[str, ...], fate: str) -> None:
    source = Arriving()
    assert read(source, head_of(*lines, status=status))[1] == b""
    assert source.fate == fate


def test_headers_of_the_hop_and_the_servers_name_do_not_pass() -> None:
    head = head_of(
        "Server: x", "Date: y", "Keep-Alive: timeout=5", "Connection: keep-alive, X-Hop", "X-Hop: 1", "ETag: z"
    )
    assert head.headers == [("ETag", "z")]


@pytest.mark.parametrize(
    "lines",
    [
        ("Content-Length: 1", "Content-Length: 2"),
        ("Content-Length: +1",),
        ("Content-Length: 1", "Transfer-Encoding: chunked"),
        ("Transfer-Encoding: gzip, chunked",),
        ("no colon here",),
    ],
)
def test_a_head_that_could_be_read_in_two_ways_is_refused(lines: tuple[str, ...]) -> None:
    with pytest.raises(UpstreamBrokeError):
        head_of(*lines)


@pytest.mark.parametrize("status", ["HTTP/2 200 OK", "SSH-2.0-OpenSSH", "HTTP/1.1 abc", ""])
def test_what_is_not_http_is_refused(status: str) -> None:
    with pytest.raises(UpstreamBrokeError):
        head_of(status=status)
