"""One mail to one mail server, with an end to how long that takes.

It is taken when the server has answered 250 to the end of the mail, and not before; what fails after that, such as
saying goodbye, changes nothing. Where the connection ends between the two, nobody but the server knows, and the mail is
sent again under the same Message-ID.
"""

import contextlib
import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache

from notification_service.delivery.channel import Outcome

TIMEOUT_SECONDS = 10.0
"""For each answer of the server."""
LONGEST_SECONDS = 40.0
"""For all of it, less than a claim has."""
TLS_PORT = 465
_SHOWN_CHARACTERS = 200
_OK = 250
_FORWARDED = 251
_WANTS_LOG_IN = frozenset({530, 534, 535, 538})
_UNPRINTABLE = re.compile(r"[^\x20-\x7e]+")


@dataclass(frozen=True, slots=True)
class MailServer:
    """Whom to hand mails to. `needs_tls`: rather not at all than where somebody may read along."""

    host: str
    port: int = 587
    username: str = ""
    password: str = field(default="", repr=False)
    needs_tls: bool = True


class _RefusedError(smtplib.SMTPResponseException):
    """The server says no to the envelope or to the mail; `of_the_mail`: that is for good where its answer is 5xx."""

    def __init__(self, code: int, said: bytes | str, *, of_the_mail: bool) -> None:
        super().__init__(code, said)
        self.of_the_mail = of_the_mail


def send(
    server: MailServer,
    *,
    sender: str,
    address: str,
    content: bytes,
    on_taken: Callable[[], None],
    longest_seconds: float = LONGEST_SECONDS,
) -> Outcome:
    """Hand it over; `on_taken` is called at once when it is the server's. Never raises for what a server does."""
    client: smtplib.SMTP | None = None
    try:
        client = _client(server, sender.rpartition("@")[2])
        with _cut_off(client, longest_seconds):
            client.connect(server.host, server.port)
            _introduce(client, server)
            code, said = _hand_over(client, sender, address, content)
        on_taken()
        with contextlib.suppress(OSError, smtplib.SMTPException):
            client.quit()
        return Outcome(answer_status=code, answer_start=_shown(said))
    except (smtplib.SMTPException, OSError, UnicodeError) as error:
        return _what_went_wrong(error)
    finally:
        if client is not None:
            client.close()


def _what_went_wrong(error: Exception) -> Outcome:
    if isinstance(error, _RefusedError):
        is_final = error.of_the_mail and error.smtp_code // 100 == 5 and error.smtp_code not in _WANTS_LOG_IN
        return _answered(error, is_final=is_final)
    if isinstance(error, smtplib.SMTPResponseException):  # to the greeting, STARTTLS or the log-in
        return _answered(error, is_final=False)
    problem = f"no connection: {(getattr(error, 'strerror', None) or type(error).__name__).lower()}"
    if isinstance(error, smtplib.SMTPNotSupportedError):
        problem = "the mail server offers no STARTTLS, or no log-in that the bank knows"
    elif isinstance(error, smtplib.SMTPServerDisconnected):
        problem = "the mail server ended the connection, or did not answer in time"
    elif isinstance(error, TimeoutError):
        problem = f"the mail server did not answer within {TIMEOUT_SECONDS:g} seconds"
    elif isinstance(error, ssl.SSLError):
        problem = f"no secure connection: {error.reason or 'the certificate is not trusted'}"
    return Outcome(problem)


def _answered(error: smtplib.SMTPResponseException, *, is_final: bool) -> Outcome:
    code, said = error.smtp_code, error.smtp_error
    shown = _shown(said if isinstance(said, bytes) else said.encode())
    return Outcome(f"the mail server answered {code}", code, shown, is_final=is_final)


def _shown(said: bytes) -> str:
    return _UNPRINTABLE.sub(" ", said.decode("ascii", "replace")).strip()[:_SHOWN_CHARACTERS]


def _client(server: MailServer, own_name: str) -> smtplib.SMTP:
    """A client that has not connected yet; it calls itself by the sender's domain, and asks no name server for that."""
    if server.port == TLS_PORT:
        client: smtplib.SMTP = smtplib.SMTP_SSL(
            local_hostname=own_name, timeout=TIMEOUT_SECONDS, context=trusting_context()
        )
    else:
        client = smtplib.SMTP(local_hostname=own_name, timeout=TIMEOUT_SECONDS)
    client._host = server.host  # type: ignore[attr-defined] # the name that TLS checks; else only its constructor sets it
    return client


@cache
def trusting_context() -> ssl.SSLContext:
    """Certificates as this machine, or `SSL_CERT_FILE`, trusts them."""
    return ssl.create_default_context()


@contextmanager
def _cut_off(client: smtplib.SMTP, seconds: float) -> Iterator[None]:
    """End the connection after so long, however slowly the other side drips."""

    def cut() -> None:
        if isinstance(client.sock, socket.socket):
            with contextlib.suppress(OSError):
                socket.socket.shutdown(client.sock, socket.SHUT_RDWR)  # past TLS, which would wait for a goodbye

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _introduce(client: smtplib.SMTP, server: MailServer) -> None:
    client.ehlo_or_helo_if_needed()
    if server.port != TLS_PORT and (server.needs_tls or client.has_extn("starttls")):
        client.starttls(context=trusting_context())
        client.ehlo_or_helo_if_needed()
    if server.username:
        client.login(server.username, server.password)


def _hand_over(client: smtplib.SMTP, sender: str, address: str, content: bytes) -> tuple[int, bytes]:
    code, said = client.mail(sender)
    if code != _OK:
        raise _RefusedError(code, said, of_the_mail=False)
    code, said = client.rcpt(address)
    if code not in (_OK, _FORWARDED):
        raise _RefusedError(code, said, of_the_mail=True)
    try:
        code, said = client.data(content)
    except smtplib.SMTPDataError as refused:
        raise _RefusedError(refused.smtp_code, refused.smtp_error, of_the_mail=True) from None
    if code != _OK:
        raise _RefusedError(code, said, of_the_mail=True)
    return code, said
