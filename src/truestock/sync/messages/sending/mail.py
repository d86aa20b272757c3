"""Hands mail to one SMTP server, encrypted unless that is switched off; one connection a message."""

import asyncio
import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.utils import format_datetime, parseaddr
from ssl import SSLContext, create_default_context
from typing import Final, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

from aiosmtplib import (
    SMTP,
    SMTPDataError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)

from truestock.connectors.contract.veil import hide, veiled
from truestock.core.problems import Invalid
from truestock.sync.messages.sending.outcome import Outgoing, Sent, without
from truestock.sync.messages.writing.said import clean

ANSWERS_WITHIN_S: Final = 20.0
SENT_WITHIN_S: Final = 45.0
QUIT_WITHIN_S: Final = 1.0
ADDRESS_MAX: Final = 254
_CLOSING: Final = 421
_ADDRESS: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)*[A-Za-z0-9-]{1,63}")
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class Relay(NamedTuple):
    """A mail server. tls: from the first byte; starttls: before anything else; never: not at all."""

    host: str
    port: int
    encryption: str
    user: str
    password: str


def relay_of(url: str) -> Relay:
    """smtp://user:password@host:587 (STARTTLS), smtps://host:465, or smtp://host:25?starttls=never. Raises Invalid,
    which does not repeat it."""
    try:
        parts = urlsplit(url)
        port = parts.port
        asked = parse_qs(parts.query, strict_parsing=bool(parts.query))
    except ValueError:
        raise _no_relay("this is no URL") from None
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path not in ("", "/") or parts.fragment:
        raise _no_relay("it begins with smtp:// or smtps:// and names a host")
    if asked not in ({}, {"starttls": ["never"]}) or (asked and parts.scheme == "smtps"):
        raise _no_relay("after a ? only starttls=never may stand, and only with smtp://")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    encryption = "tls" if parts.scheme == "smtps" else "never" if asked else "starttls"
    if password and encryption == "never" and parts.hostname not in _LOOPBACK:
        raise _no_relay("a password does not travel in the clear; take starttls=never out")
    return Relay(parts.hostname, port or (465 if encryption == "tls" else 587), encryption, user, password)


def checked_address(text: str, field: str = "address") -> str:
    """An address that can stand in an envelope, its domain in ASCII. Raises Invalid, which does not repeat it."""
    local, at, domain = text.strip().rpartition("@")
    with suppress(UnicodeError):
        domain = domain if domain.isascii() else domain.encode("idna").decode("ascii")
    found = f"{local}{at}{domain}"
    if len(found) > ADDRESS_MAX or not _ADDRESS.fullmatch(found):
        raise Invalid(field, "this is no address of mail; write it as name@example.com")
    return found


def checked_sender(text: str) -> Address:
    """Whom mail is from, as "Lamp Shop <orders@lamps.example>" or an address alone. Raises Invalid."""
    name, address = parseaddr(text)
    if text != clean(text) or not address:
        raise Invalid("TRUESTOCK_MAIL_FROM", "write it as Lamp Shop <orders@lamps.example>")
    return Address(clean(name), addr_spec=checked_address(address, "TRUESTOCK_MAIL_FROM"))


def mail_of(out: Outgoing, sender: Address, to: str, now: datetime) -> EmailMessage:
    """The message as mail. Its Message-ID is the same on every try, so that a second one can be known as such."""
    mail = EmailMessage(policy=WIRE)
    mail["From"] = sender
    mail["To"] = Address(clean(out.to.name) if not out.target else "", addr_spec=to)
    mail["Subject"] = out.letter.subject
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{out.id}@{sender.domain}>"
    mail["Content-Language"] = out.letter.language
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(out.letter.text)
    if out.letter.html:
        mail.add_alternative(out.letter.html, subtype="html")
    return mail


class Mailer:
    """`url` and `sender` as set; empty ones are refused at each message, which waits."""

    def __init__(
        self,
        url: str,
        sender: str,
        tls: SSLContext | None = None,
        answers_within_s: float = ANSWERS_WITHIN_S,
        sent_within_s: float = SENT_WITHIN_S,
    ) -> None:
        self._url = url
        self._sender = sender
        self._tls = tls or create_default_context()
        self._answers_within_s = answers_within_s
        self._sent_within_s = sent_within_s

    async def send(self, out: Outgoing) -> Sent:
        """Hand it over once; never raises for what the other side does, and names nobody."""
        try:
            relay, sender = configured(self._url, self._sender)
        except Invalid as problem:
            return Sent("down", f"{problem.field}: {problem.detail}")
        try:
            to = checked_address(out.target or out.to.email)
        except Invalid:
            return Sent("never", "the buyer's address is none that mail can go to")
        hide([relay.password])
        sent = await self._sent(relay, sender, to, out)
        return sent._replace(why=veiled(without(sent.why, out.to, to)))

    async def _sent(self, relay: Relay, sender: Address, to: str, out: Outgoing) -> Sent:
        client = SMTP(
            hostname=relay.host,
            port=relay.port,
            timeout=self._answers_within_s,
            use_tls=relay.encryption == "tls",
            start_tls=relay.encryption == "starttls",
            tls_context=None if relay.encryption == "never" else self._tls,
            username=relay.user or None,
            password=relay.password or None,
            local_hostname=sender.domain,
        )
        mail = mail_of(out, sender, to, datetime.now(UTC))
        try:
            async with asyncio.timeout(self._sent_within_s):
                return await self._handed_over(client, sender.addr_spec, to, mail.as_bytes())
        except TimeoutError:
            return Sent("later", f"the mail server took longer than {self._sent_within_s:g} s")
        finally:
            client.close()

    async def _handed_over(self, client: SMTP, sender: str, to: str, mail: bytes) -> Sent:
        try:
            await client.connect()
        except (SMTPException, OSError, ValueError) as fault:
            return Sent("down", f"the mail server does not take mail: {_said(fault)}")
        try:
            await client.sendmail(sender, [to], mail)
        except SMTPRecipientsRefused as refused:
            return _of_response(refused.recipients)
        except SMTPSenderRefused as refused:
            return Sent("down", f"the mail server does not take mail from us: {_said(refused)}")
        except SMTPDataError as refused:
            return _of_response([refused])
        except (SMTPException, OSError) as fault:
            # What was handed over by then is not known; the Message-ID stays.
            return Sent("later", f"the mail server broke off: {_said(fault)}")
        with suppress(SMTPException, OSError, TimeoutError):
            async with asyncio.timeout(QUIT_WITHIN_S):
                await client.quit()
        return Sent("done")


def configured(url: str, sender: str) -> tuple[Relay, Address]:
    """Where mail is handed over, and from whom it is. Raises Invalid, naming the setting."""
    if not url:
        raise Invalid("TRUESTOCK_SMTP_URL", "it is not set, so no mail can be sent; write it as smtp://host:587")
    return relay_of(url), checked_sender(sender)


def _of_response(refused: Sequence[SMTPRecipientRefused | SMTPDataError]) -> Sent:
    code = max((one.code for one in refused), default=500)
    why = "; ".join(_said(one) for one in refused)
    if code == _CLOSING:
        return Sent("down", why)
    return Sent("never" if code >= 500 else "later", why)


def _said(fault: Exception) -> str:
    if isinstance(fault, SMTPResponseException):
        return f"{fault.code} {fault.message}"
    return f"{type(fault).__name__} {fault}"


def _no_relay(why: str) -> Invalid:
    return Invalid("TRUESTOCK_SMTP_URL", f"write it as smtp://user:password@host:587 or smtps://host:465; {why}")
