"""A channel's own texts in place of ours, by kind and language."""

import re
from datetime import datetime
from typing import Final, cast

import msgspec

from truestock.core.checks import check_choice
from truestock.core.problems import Invalid, NotFound
from truestock.store.database import Connection, Database
from truestock.sync.messages import queries
from truestock.sync.messages.decide import KINDS, Kind
from truestock.sync.messages.writing.render import DEFAULT, Template, check, languages, ours

SOURCE_MAX: Final = 100_000
_LANGUAGE: Final = re.compile("[a-z]{2,3}")


class MessageTemplate(msgspec.Struct, frozen=True):
    """A template in force; `changed_at` is none where it is ours."""

    kind: str
    language: str
    subject: str
    text: str
    html: str
    changed_at: datetime | None = None


def read_template(db: Database, channel: str, kind: str, language: str = DEFAULT) -> MessageTemplate:
    """The template in force. Raises Invalid."""
    check_choice("kind", kind, KINDS, required=True)
    for found in own_templates(db, channel, kind):
        if found.language == language:
            return found
    return MessageTemplate(kind, language, *ours())


def own_templates(db: Database, channel: str, kind: str | None = None) -> list[MessageTemplate]:
    """Those of a channel's own."""
    with db.transaction() as conn:
        return _own(conn, channel, kind)


def put_template(db: Database, channel: str, kind: str, language: str, template: Template) -> MessageTemplate:
    """Say it in the channel's own words; what is left empty stays ours. Raises Invalid, NotFound."""
    check_choice("kind", kind, KINDS, required=True)
    if not _LANGUAGE.fullmatch(language):
        raise Invalid("language", f"{language!r} is no language; write its code, such as en or nl")
    for field, source in template._asdict().items():
        if len(source) > SOURCE_MAX:
            raise Invalid(field, f"{field} has {len(source)} characters; at most {SOURCE_MAX} are allowed")
    check(template, cast(Kind, kind), language)
    with db.transaction() as conn:
        parameters = {"channel": _channel(conn, channel), "kind": kind, "language": language}
        conn.execute(queries.put_template, parameters | template._asdict())
    return read_template(db, channel, kind, language)


def drop_template(db: Database, channel: str, kind: str, language: str) -> None:
    """Say it in our words again. Raises NotFound."""
    with db.transaction() as conn:
        parameters = {"channel": _channel(conn, channel), "kind": kind, "language": language}
        if not conn.execute(queries.drop_template, parameters).rowcount:
            raise NotFound("template", f"{channel} {kind} {language}", "language")


def check_language(conn: Connection, channel: str, kind: str, language: str) -> None:
    """Whether there is a template in it; empty is the buyer's. Raises Invalid."""
    known = {*languages(), *(found.language for found in _own(conn, channel, kind))}
    if language and language not in known:
        raise Invalid("language", f"there is no template in {language!r}; there are {', '.join(sorted(known))}")


def template_for(conn: Connection, channel: str, kind: Kind, language: str, buyers: str) -> tuple[str, Template]:
    """The template of a message, and its language: the rule's, else the buyer's, else English."""
    own = {found.language: Template(found.subject, found.text, found.html) for found in _own(conn, channel, kind)}
    theirs = re.split("[-_]", buyers.lower())[0]
    wanted = language or theirs
    chosen = wanted if wanted in own or wanted in languages() else DEFAULT
    return chosen, own.get(chosen, Template())


def _own(conn: Connection, channel: str, kind: str | None) -> list[MessageTemplate]:
    rows = conn.execute(queries.templates, {"channel": channel, "kind": kind}, prepare=True)
    return [MessageTemplate(*row) for row in rows]


def _channel(conn: Connection, code: str) -> int:
    row = conn.execute(queries.channel_of, {"code": code}).fetchone()
    if row is None:
        raise NotFound("channel", code, "channel")
    return int(row[0])
