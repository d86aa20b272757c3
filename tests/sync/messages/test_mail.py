"""Mail servers that take, refuse, put off, hang and break off; and what may stand in a header."""

import asyncio
from datetime import UTC, datetime, timedelta
from email.headerregistry import Address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sync.messages.conftest import ADA, FROM
from tests.sync.messages.postoffice import PostOffice, open_for_mail, silent
from tests.sync.webhooks.certificates import tls_for
from truestock.connectors.contract.orders import Buyer
from truestock.core.problems import Invalid
from truestock.sync.messages.sending.mail import Mailer, Relay, checked_address, checked_sender, mail_of, relay_of
from truestock.sync.messages.sending.outcome import DOWN_MOST, Outgoing, Sent, after, rest, without
from truestock.sync.messages.writing.render import Letter
from truestock.sync.messages.writing.said import clean
from truestock.sync.webhooks.answers import TRIES_MAX

LETTER = Letter("en", "Your order #1", "Hello\n", "<p>Hello</p>")
OUT = Outgoing("msg_00_shipped_1", 1, "", {}, ADA, LETTER, b"")


def send(url: str, out: Outgoing = OUT, **how: float) -> Sent:
    return asyncio.run(Mailer(url, FROM, **how).send(out))  # type: ignore[arg-type]


def test_a_mail_has_a_text_and_html_and_says_what_it_is(office: PostOffice) -> None:
    assert send(office.url) == Sent("done")
    (mail,) = office.mails
    assert mail["Message-ID"] == "<msg_00_shipped_1@lamps.test>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"]
    kinds = [part.get_content_type() for part in mail.walk()]
    assert kinds == ["multipart/alternative", "text/plain", "text/html"]


@pytest.mark.parametrize(
    ("rcpt", "data", "kind", "why"),
    [
        ("451 4.7.1 greylisted, come later", "", "later", "451 4.7.1 greylisted, come later"),
        ("550 5.1.1 no such user", "", "never", "550 5.1.1 no such user"),
        ("421 4.3.2 closing", "", "down", "421 4.3.2 closing"),
        ("", "452 4.3.1 full", "later", "452 4.3.1 full"),
        ("", "554 5.6.0 refused", "never", "554 5.6.0 refused"),
    ],
)
def test_what_an_answer_means(office: PostOffice, rcpt: str, data: str, kind: str, why: str) -> None:
    office.rcpt, office.data = [rcpt], [data]
    assert send(office.url) == Sent(kind, why)  # type: ignore[arg-type]


def test_a_server_that_is_not_there_or_never_says_a_word_is_down(office: PostOffice) -> None:
    assert send("smtp://127.0.0.1:1?starttls=never").kind == "down"
    with silent() as port:
        sent = send(f"smtp://127.0.0.1:{port}?starttls=never", answers_within_s=0.2)
    assert sent.kind == "down"
    assert "does not take mail" in sent.why


def test_a_server_that_hangs_with_the_mail_in_hand_may_have_taken_it(office: PostOffice) -> None:
    office.data = ["hang"]
    assert send(office.url, answers_within_s=0.3).kind == "later"
    assert send(office.url, sent_within_s=0.3) == Sent("later", "the mail server took longer than 0.3 s")
    assert len(office.taken) == 2


def test_mail_goes_encrypted_and_a_password_only_then(tmp_path: Path) -> None:
    serves, trusts = tls_for("localhost", tmp_path)
    office = PostOffice()
    with open_for_mail(office, serves, authenticator=office.authenticate, auth_required=True):
        url = f"smtp://lamp%40shop:s3cret-p%20w@localhost:{office.port}"
        assert asyncio.run(Mailer(url, FROM, trusts).send(OUT)) == Sent("done")
        assert office.encrypted == [True]
        assert office.logins == [(b"lamp@shop", b"s3cret-p w")]
        sent = send(url)  # that nobody vouches for is not talked to
        assert sent.kind == "down"
        assert "certificate" in sent.why.lower()
        assert "s3cret" not in sent.why
        assert send(f"smtp://localhost:{office.port}?starttls=never").kind == "down"
    assert len(office.taken) == 1


def test_a_server_without_encryption_gets_no_mail_unless_that_is_set(office: PostOffice) -> None:
    assert send(office.url.partition("?")[0]).kind == "down"
    assert office.taken == []


@pytest.mark.parametrize(
    ("url", "relay"),
    [
        ("smtp://mail.test", Relay("mail.test", 587, "starttls", "", "")),
        ("smtps://a:b%3A@mail.test", Relay("mail.test", 465, "tls", "a", "b:")),
        ("smtp://mail.test:25?starttls=never", Relay("mail.test", 25, "never", "", "")),
        ("smtp://a:b@localhost:25?starttls=never", Relay("localhost", 25, "never", "a", "b")),
    ],
)
def test_the_setting_says_where_mail_is_handed_over(url: str, relay: Relay) -> None:
    assert relay_of(url) == relay


@pytest.mark.parametrize(
    "url",
    [
        "mail.test:25",
        "http://mail.test",
        "smtp://",
        "smtp://mail.test:x",
        "smtp://mail.test/inbox",
        "smtp://mail.test?tls=maybe",
        "smtps://mail.test?starttls=never",
        "smtp://ada:hunter22@mail.test?starttls=never",
    ],
)
def test_a_setting_that_cannot_be_meant_is_not_repeated(url: str) -> None:
    with pytest.raises(Invalid) as caught:
        relay_of(url)
    assert caught.value.field == "TRUESTOCK_SMTP_URL"
    assert "hunter22" not in str(caught.value)
    sent = send(url)
    assert (sent.kind, "TRUESTOCK_SMTP_URL" in sent.why) == ("down", True)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ada",
        "ada@",
        "@example.org",
        "a b@example.org",
        "ada@example.org, eve@example.org",
        "ada@example.org\r\nBcc: eve@example.org",
        "ada@exa mple.org",
        "<ada@example.org>",
        "ada@example.org>",
        '"ada b"@example.org',
        "ada@-@example.org",
        "ädä@example.org",
        "a" * 65 + "@example.org",
    ],
)
def test_what_is_no_address_gets_no_mail(text: str, office: PostOffice) -> None:
    with pytest.raises(Invalid) as caught:
        checked_address(text)
    assert not text or text not in str(caught.value)
    assert send(office.url, OUT._replace(to=Buyer(email=text))).kind == "never"
    assert office.asked == 0


def test_a_domain_in_other_letters_is_written_in_ascii() -> None:
    assert checked_address(" Ada+lamps@bücher.example ") == "Ada+lamps@xn--bcher-kva.example"


def test_whom_mail_is_from_is_checked() -> None:
    assert checked_sender(FROM) == Address("Lamp Shop", addr_spec="orders@lamps.test")
    for wrong in ("", "Lamp Shop", "Lamp Shop <orders>", "x\r\nBcc: eve@example.org <orders@lamps.test>"):
        with pytest.raises(Invalid, match="write it as"):
            checked_sender(wrong)


@given(st.text(max_size=80), st.text(max_size=80))
def test_nothing_in_a_name_or_subject_makes_another_header(name: str, subject: str) -> None:
    letter = Letter("en", clean(f"Order {subject}"), "Hello\n", "")
    out = OUT._replace(letter=letter, to=Buyer(name=name, email="ada@example.org"))
    mail = mail_of(out, checked_sender(FROM), "ada@example.org", datetime_of_a_mail())
    head = mail.as_bytes().partition(b"\r\n\r\n")[0]
    names = {line.partition(b":")[0] for line in head.split(b"\r\n") if not line.startswith((b" ", b"\t"))}
    assert names <= {
        *(b"From", b"To", b"Subject", b"Date", b"Message-ID", b"Content-Language", b"Auto-Submitted"),
        *(b"Content-Type", b"Content-Transfer-Encoding", b"MIME-Version"),
    }
    assert [address.addr_spec for address in mail["To"].addresses] == ["ada@example.org"]


@pytest.mark.parametrize("name", ["Ada\r\nBcc: eve@example.org", 'Ada" <eve@example.org>, "', "Ädä\u2028Bcc: x@y.z"])
def test_a_hostile_name_reaches_one_recipient(office: PostOffice, name: str) -> None:
    assert send(office.url, OUT._replace(to=Buyer(name=name, email="ada@example.org"))) == Sent("done")
    (mail,) = office.mails
    assert mail["Bcc"] is None
    assert [address.addr_spec for address in mail["To"].addresses] == ["ada@example.org"]
    assert office.envelopes == [("orders@lamps.test", ["ada@example.org"])]


def datetime_of_a_mail() -> datetime:
    return datetime(2026, 11, 27, tzinfo=UTC)


def test_waits_grow_and_end_and_a_server_that_is_down_costs_no_tries() -> None:
    now = datetime_of_a_mail()
    assert after(1, Sent("done"), now, 0.5).state == "done"
    assert after(1, Sent("never"), now, 0.5).state == "dead"
    waits = [after(tries, Sent("later"), now, 0.5).at - now for tries in range(1, TRIES_MAX)]
    assert waits == sorted(waits)
    assert after(1, Sent("later", "", 90.0), now, 0.5).at == now + timedelta(seconds=90)
    assert after(TRIES_MAX, Sent("later"), now, 0.5).state == "dead"
    down = after(TRIES_MAX, Sent("down"), now, 0.5, 99)
    assert (down.state, down.tries, down.at - now) == ("waiting", TRIES_MAX - 1, DOWN_MOST)
    assert rest(1) < rest(2) < DOWN_MOST


def test_what_a_server_says_is_kept_without_the_person_in_it() -> None:
    said = "550 <ADA@example.org> Ada Byron (ada, +44 20 7946 0000) over quota\nat Adams"
    kept = without(said, ADA)
    assert not any(name in kept for name in ("ADA", "Ada ", "Byron", "7946"))
    assert kept.endswith("at Adams")
