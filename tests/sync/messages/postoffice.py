"""A mail server beside the test: a real one that takes, refuses, puts off, hangs or breaks off as it is told."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from ssl import SSLContext
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass
class PostOffice:
    """`rcpt` and `data` answer the next calls, the last one for ever; an empty answer takes it, hang never answers."""

    rcpt: list[str] = field(default_factory=lambda: [""])
    data: list[str] = field(default_factory=lambda: [""])
    taken: list[bytes] = field(default_factory=list)
    envelopes: list[tuple[str, list[str]]] = field(default_factory=list)
    asked: int = 0
    on_taken: Callable[[bytes], None] = lambda _: None
    encrypted: list[bool] = field(default_factory=list)
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        """As the setting has it."""
        return f"smtp://127.0.0.1:{self.port}?starttls=never"

    @property
    def mails(self) -> list[EmailMessage]:
        """What was taken, parsed."""
        return [message_from_bytes(raw, policy=default) for raw in self.taken]

    async def handle_RCPT(self, *called: Any) -> str:  # noqa: N802  the library calls it so
        """One recipient."""
        envelope, to = called[2:4]
        self.asked += 1
        answer = self.rcpt.pop(0) if len(self.rcpt) > 1 else self.rcpt[0]
        if answer:
            return answer
        envelope.rcpt_tos.append(to)
        return "250 OK"

    async def handle_DATA(self, _: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  as above
        """One message."""
        answer = self.data.pop(0) if len(self.data) > 1 else self.data[0]
        if answer not in ("", "hang"):
            return answer
        assert isinstance(envelope.content, bytes)
        self.envelopes.append((envelope.mail_from or "", list(envelope.rcpt_tos)))
        self.encrypted.append(session.ssl is not None)
        self.taken.append(envelope.content)
        self.on_taken(envelope.content)
        if answer == "hang":
            await asyncio.sleep(30)
        return "250 taken"

    def authenticate(self, *given: Any) -> AuthResult:
        """Anybody who says who they are."""
        login = given[-1]
        assert isinstance(login, LoginPassword)
        self.logins.append((login.login, login.password))
        return AuthResult(success=True)


@contextmanager
def open_for_mail(office: PostOffice, tls: SSLContext | None = None, **how: Any) -> Iterator[PostOffice]:
    """It answers on loopback, from a thread of its own, until the block ends; with `tls` by STARTTLS alone."""
    loop = asyncio.new_event_loop()

    connections: list[SMTP] = []

    def protocol() -> SMTP:
        made = SMTP(office, hostname="post.test", loop=loop, tls_context=tls, require_starttls=tls is not None, **how)
        connections.append(made)
        return connections[-1]

    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        serving = asyncio.run_coroutine_threadsafe(loop.create_server(protocol, "127.0.0.1", office.port), loop)
        server = serving.result(10)
        office.port = server.sockets[0].getsockname()[1]
        yield office
        asyncio.run_coroutine_threadsafe(_break_off(server, connections), loop).result(10)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _break_off(server: asyncio.Server, connections: list[SMTP]) -> None:
    server.close()
    for connection in connections:
        if connection.transport is not None:
            connection.transport.close()
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.sleep(0)


@contextmanager
def silent() -> Iterator[int]:
    """A port that takes calls and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener, suppress(OSError):
        yield listener.getsockname()[1]
