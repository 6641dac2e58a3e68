"""A mail server on this machine: a real one, with STARTTLS and log-in where a test wants them, that keeps what it takes
and answers as a test says.
"""

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from notification_service.email.smtp import MailServer
from tests.free_ports import free_ports

USERNAME, PASSWORD = "bank@example.org", "a log-in of tests"
OK = "250 OK"
DROPPED = ""
"""An answer that is none: the connection ends."""


@dataclass(frozen=True)
class Handed:
    """A mail that was handed over, and what that was answered."""

    address: str
    sender: str
    content: bytes
    answer: str
    is_secure: bool
    username: str | None

    @property
    def mail(self) -> EmailMessage:
        """The mail, parsed."""
        found = message_from_bytes(self.content, policy=default)
        assert isinstance(found, EmailMessage)
        return found

    @property
    def id(self) -> str:
        """Its Message-ID."""
        return str(self.mail["Message-ID"])

    def part(self, kind: str) -> str:
        """Its plain text or its HTML, with lines as Python has them."""
        body = self.mail.get_body((kind,))
        assert body is not None
        return str(body.get_content())


class _Server(SMTP):
    """Some servers end the connection rather than say goodbye."""

    hangs_up = False

    async def smtp_QUIT(self, arg: str) -> None:  # noqa: N802 (aiosmtpd's name)
        if self.hangs_up and self.transport is not None:
            self.transport.abort()
        else:
            await super().smtp_QUIT(arg)


class MailServerOfTests:
    """`answer(number)` is the reply to the so-manieth mail, `of_address(address)` that to an address."""

    def __init__(self, certificate: Path | None = None, *, hangs_up: bool = False) -> None:
        self.handed: list[Handed] = []
        self.answer: Callable[[int], str] = lambda _: OK
        self.of_address: Callable[[str], str] = lambda _: OK
        self.refused_log_ins = 0
        self._certificate = certificate
        self._hangs_up = hangs_up
        (self._port,) = free_ports(1)
        self._controller: Controller | None = None

    def at(self, **facts: Any) -> MailServer:
        """How the bank reaches it."""
        secure = {"username": USERNAME, "password": PASSWORD, "needs_tls": True} if self._certificate else {}
        return MailServer("localhost", self._port, **{"needs_tls": False, **secure, **facts})

    @property
    def taken(self) -> list[Handed]:
        """What it answered 250."""
        return [one for one in self.handed if one.answer == OK]

    def start(self) -> None:
        """Begin to listen, at the same place each time."""
        options: dict[str, Any] = {}
        if self._certificate is not None:
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(self._certificate)
            options = {"tls_context": tls, "require_starttls": True, "auth_required": True}
            options |= {"authenticator": self._authenticate}
        server = type("_Told", (_Server,), {"hangs_up": self._hangs_up})

        class Told(Controller):
            def factory(self) -> SMTP:
                return server(self.handler, **self.SMTP_kwargs)  # type: ignore[no-any-return]

        self._controller = Told(self, hostname="127.0.0.1", port=self._port, **options)
        self._controller.start()

    def stop(self) -> None:
        """Be away."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    def _authenticate(self, _server: SMTP, _session: Session, _envelope: Envelope, _how: str, data: Any) -> AuthResult:
        is_right = isinstance(data, LoginPassword) and data == LoginPassword(USERNAME.encode(), PASSWORD.encode())
        self.refused_log_ins += not is_right
        return AuthResult(success=is_right, handled=False, auth_data=USERNAME if is_right else None)

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """What to answer to an address."""
        said = self.of_address(address)
        if said == OK:
            envelope.rcpt_tos.append(address)
        return said

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """What to answer to a mail."""
        said = self.answer(len(self.handed) + 1)
        content = envelope.content
        assert isinstance(content, bytes)
        (address,) = envelope.rcpt_tos
        sender = str(envelope.mail_from)
        is_secure, username = session.ssl is not None, session.auth_data
        self.handed.append(Handed(address, sender, content, said, is_secure, username))
        if said == DROPPED and server.transport is not None:
            server.transport.abort()
        return said or OK


@contextmanager
def mail_server(certificate: Path | None = None, *, hangs_up: bool = False) -> Iterator[MailServerOfTests]:
    """One that listens."""
    server = MailServerOfTests(certificate, hangs_up=hangs_up)
    server.start()
    try:
        yield server
    finally:
        server.stop()
