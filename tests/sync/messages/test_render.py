"""What messages say: in four languages, in a channel's own words, with whatever others wrote made harmless."""

from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sync.messages.test_decide import T
from truestock.connectors.contract.orders import Buyer
from truestock.core.problems import Invalid
from truestock.orders.standing import Standing, StandingLine
from truestock.sync.messages.cases import Case, Step
from truestock.sync.messages.decide import KINDS, Kind
from truestock.sync.messages.sending.posted import body_of
from truestock.sync.messages.writing.render import Letter, Template, check, fields, languages, render
from truestock.sync.messages.writing.said import clean, example, said_of

EVIL = "<script>alert(1)</script>\r\nBcc: eve@example.org"


def case(name: str = "Ada", title: str = "Lamp", url: str = "https://t.test/1", order: str = "#1") -> Case:
    found = Case("00" * 16, 1, "web", "1", order, T, True, False, Buyer(name=name), False)
    found.orders["a"] = Standing("open", {0: StandingLine(0, "L", 5, 2, 2, False)})
    found.steps.append(Step("a", "shipped", T, "DHL", "J1", url, {0: 1}))
    found.steps.append(Step("a", "shipped", T, "DHL", "J1", url, {0: 1}))
    found.steps.append(Step("a", "cancelled", T, "", "", "", {0: 1}))
    return found


def letter(kind: Kind = "split", template: Template = Template(), title: str = "Lamp", **of: str) -> Letter:  # noqa: B008
    return render(template, kind, "en", said_of(case(**of), kind, {("a", 0): title}))


class Tags(HTMLParser):
    """The tags and links in a text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str | None] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value for name, value in attrs if name == "href"]


OURS = {"html", "head", "meta", "title", "body", "p", "ul", "li", "a"}


@pytest.mark.parametrize("language", ["de", "en", "es", "fr"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_said_in_every_language(kind: Kind, language: str) -> None:
    said = render(Template(), kind, language, said_of(case(), kind, {("a", 0): "Lamp"}))
    assert said.subject
    assert "#1" in said.subject
    assert "Lamp" in said.text or kind == "delayed"
    assert "{" not in said.subject + said.text + said.html
    assert "\n\n\n" not in said.text
    assert Tags(said.html).tags <= OURS
    assert language in languages()


def test_a_text_reads_as_it_should() -> None:
    assert letter().text == (
        "Hello Ada,\n\nyour order #1 comes in several parcels. The first has left:\n\n- 2 x Lamp\n\n"
        "Parcel: DHL J1\n  https://t.test/1\n\nThis follows later:\n\n- 2 x Lamp\n\nThank you for your order.\n"
    )


@settings(deadline=None)
@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_whatever_others_wrote_is_text_in_html_and_one_line_in_subjects(name: str, title: str, order: str) -> None:
    for kind in KINDS:
        said = render(Template(), kind, "en", said_of(case(name=name, order=order), kind, {("a", 0): title}))
        assert Tags(said.html).tags <= OURS
        assert said.subject.isprintable()


def test_a_hostile_name_is_shown_and_does_nothing() -> None:
    said = letter(name=EVIL, title=EVIL, order=EVIL)
    assert "<script" not in said.html
    assert "&lt;script&gt;" in said.html
    assert "\n" not in said.subject
    assert "Bcc" not in [line.partition(":")[0] for line in said.text.splitlines()]


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//t.test", "https://t.test/ x", ""])
def test_only_addresses_of_the_web_are_links(url: str) -> None:
    assert Tags(letter(url=url).html).links == []
    assert Tags(letter().html).links == ["https://t.test/1"]


def test_a_channels_own_words_take_the_place_of_ours() -> None:
    own = Template("{{ order.name }} left", "Dear {{ buyer.name }}: {{ told[0].title }}", "<b>{{ buyer.name }}</b>")
    said = letter(template=own, name="<i>Ada")
    assert said == Letter("en", "#1 left", "Dear <i>Ada: Lamp\n", "<b>&lt;i&gt;Ada</b>")
    assert letter(template=Template(subject="Mine")).text == letter().text
    assert letter(template=Template(text="Mine")).html == "", "our HTML beside another text would say something else"


@pytest.mark.parametrize(
    ("template", "field", "why"),
    [
        (Template(text="{{ order.nam }}"), "text", "nam"),
        (Template(text="{{ buyer.email }}"), "text", "email"),
        (Template(subject="{{ nothing }}"), "subject", "nothing"),
        (Template(text="x", html="{% if %}"), "html", "Expected"),
        (Template(text="{{ ''.__class__.__mro__ }}"), "text", "unsafe"),
        (Template(text="{{ 1 / 0 }}"), "text", "zero"),
        (Template(text="{{ told.append(1) }}"), "text", "unsafe"),
        (Template(text="{% for n in range(99999999) %}x{% endfor %}"), "text", "range"),
        (Template(text="{% include 'letter.txt' %}"), "text", "loader"),
        (Template(text="{{ 'x' * 300000 }}"), "text", "200000"),
        (Template(), "text", "give a subject"),
        (Template(html="<p>x</p>"), "text", "HTML needs a text"),
        (Template(subject="{{ '' }}"), "subject", "empty"),
    ],
)
def test_a_template_that_cannot_be_filled_in_is_refused_with_the_field_that_is_not_there(
    template: Template, field: str, why: str
) -> None:
    with pytest.raises(Invalid) as caught:
        check(template, "split", "en")
    assert caught.value.field == field
    assert why in caught.value.detail


def test_all_fields_that_templates_may_name_are_there() -> None:
    named = [name for name in fields() if " " not in name]
    assert {"order.name", "buyer.name", "whole", "kind"} <= set(named)
    source = "".join("{{ " + name + " }}" for name in named)
    for kind in KINDS:
        render(Template(text=source), kind, "en", said_of(case(), kind, {}))
    for kind in KINDS:
        real, made_up = said_of(case(), "split", {}), example(kind)
        assert real.keys() == made_up.keys()
        assert real["told"][0].keys() == made_up["told"][0].keys()
        assert real["parcels"][0].keys() == made_up["parcels"][0].keys()


def test_what_is_posted_says_who_bought_once_and_what_the_message_is_made_of() -> None:
    said = said_of(case(), "split", {})
    body = body_of("msg_1", letter(), Buyer(name="Ada", email="ada@example.org"), said)
    assert body.count(b"ada@example.org") == 1
    assert b'"order":"1"' in body


def test_text_is_cut_and_cleaned() -> None:
    assert clean("  a\tb\u202e\n c ") == "a b c"
    assert clean("x" * 300) == "x" * 200
