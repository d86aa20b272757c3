"""Renders a message: a subject of one line, a text, and HTML in which whatever others wrote is only text. Pure.

Templates are data, so they run in a sandbox: they reach the fields of the message, and nothing else."""

import re
import tomllib
from functools import cache, lru_cache
from importlib import resources
from typing import Any, Final, NamedTuple

from jinja2 import StrictUndefined, TemplateError
from jinja2 import Template as Compiled
from jinja2.sandbox import ImmutableSandboxedEnvironment

from truestock.core.problems import Invalid
from truestock.sync.messages.decide import KINDS, Kind
from truestock.sync.messages.writing.said import Said, clean, example, fields_of

DEFAULT: Final = "en"
SUBJECT_MAX: Final = 200
LETTER_MAX: Final = 200_000
_FAULTS: Final = (TemplateError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
_HOW: Final = {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
_TEXT: Final = ImmutableSandboxedEnvironment(autoescape=False, **_HOW)
_HTML: Final = ImmutableSandboxedEnvironment(autoescape=True, **_HOW)


class Template(NamedTuple):
    """Of a message; what is empty is ours. Without any HTML of a channel's own beside its text, none is sent."""

    subject: str = ""
    text: str = ""
    html: str = ""


class Letter(NamedTuple):
    """A message as it is read. `html` may be empty."""

    language: str
    subject: str
    text: str
    html: str


@cache
def languages() -> tuple[str, ...]:
    """Those in which we have templates."""
    names = (file.name for file in _folder().joinpath("words").iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


@cache
def ours() -> Template:
    """Our own template, which is the same for all kinds; `words` are those of its kind and language."""
    return Template("{{ words.subject }}", *(_folder().joinpath(name).read_text("utf-8") for name in _LETTERS))


def render(template: Template, kind: Kind, language: str, said: Said) -> Letter:
    """A message. Raises Invalid, which names the field that is not there or what else is wrong with the template."""
    mine = ours()
    known = {**said, "language": language}
    known["words"] = {
        name: _filled(f"words.{name}", text, {**known, "words": {}}, 1_000)
        for name, text in _words(kind, language).items()
    }
    subject = clean(_filled("subject", template.subject or mine.subject, known, LETTER_MAX), SUBJECT_MAX)
    known["subject"] = subject
    text = _filled("text", template.text or mine.text, known, LETTER_MAX)
    html = template.html or ("" if template.text else mine.html)
    return Letter(
        language,
        subject,
        re.sub(r"\n{3,}", "\n\n", text).strip() + "\n",
        _filled("html", html, known, LETTER_MAX) if html else "",
    )


def check(template: Template, kind: Kind, language: str) -> None:
    """Try a template on an example. Raises Invalid."""
    if not (template.subject or template.text or template.html):
        raise Invalid("text", "give a subject, a text or HTML; a template without any is no template")
    if template.html and not template.text:
        raise Invalid("text", "HTML needs a text beside it, for those who read plain mail; give one")
    if not render(template, kind, language, example(kind)).subject:
        raise Invalid("subject", "the subject comes out empty; write something in it that is always there")


def fields() -> list[str]:
    """What templates may name."""
    lines = example("split")["told"][0]
    parcel = example("split")["parcels"][0]
    plain = [name for name in fields_of(example("split")) if name not in ("lines", "told", "later", "parcels")]
    of_lists = [f"line.{name} (in lines, told, later)" for name in lines]
    return [*plain, *of_lists, *(f"parcel.{name} (in parcels)" for name in parcel)]


def _filled(field: str, source: str, known: Said, at_most: int) -> str:
    try:
        found = _compiled(source, escaped=field == "html").render(known)
    except _FAULTS as fault:
        raise Invalid(field, f"the {field} of the template cannot be filled in: {clean(str(fault))}") from None
    if len(found) > at_most:
        raise Invalid(field, f"the {field} of the template comes out with over {at_most} characters; shorten it")
    return found


@lru_cache(maxsize=500)
def _compiled(source: str, *, escaped: bool) -> Compiled:
    return (_HTML if escaped else _TEXT).from_string(source)


@cache
def _words(kind: Kind, language: str) -> dict[str, str]:
    known = language if language in languages() else DEFAULT
    found: dict[str, Any] = tomllib.loads(_folder().joinpath("words", f"{known}.toml").read_text("utf-8"))
    own: dict[str, str] = found[kind]
    return {name: text for name, text in found.items() if name not in KINDS} | own


def _folder() -> Any:
    return resources.files(__package__)


_LETTERS: Final = ("letter.txt", "letter.html")
