"""What is written to a Vendure shop's pages, in which order, and what becomes of it when a part fails."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import httpx2
import pytest

from tests.connectors.counterparts.doorkeeper import DROPPED, Doorkeeper, Said, at_the_door
from truestock.connectors.contract.answers import ChannelDown, InDoubt, Outcome
from truestock.connectors.contract.pages import GivenImage, GivenImages, Page, PagesPushed, Picture, PushesPages
from truestock.connectors.vendure import build
from truestock.connectors.vendure.pictures import SIZE_MAX
from truestock.connectors.vendure.settings import VendureSettings

PNG = Said(200, b"\x89PNG", {"content-type": "image/png; charset=x"})


@pytest.fixture
def door() -> Iterator[Doorkeeper]:
    with at_the_door(Doorkeeper()) as doorkeeper:
        yield doorkeeper


def data(**found: Any) -> Said:
    return Said(200, json.dumps({"data": found}).encode())


def errors(code: str) -> Said:
    found = [{"message": f"no {code}", "extensions": {"code": code}}]
    return Said(200, json.dumps({"errors": found, "data": None}).encode())


WRITTEN = data(updateProduct={"id": "1"})


def uploaded(id_: str) -> Said:
    return data(createAssets=[{"__typename": "Asset", "id": id_}])


def variant(id_: str, sku: str, product: str = "1", *, of: int = 1, **more: Any) -> dict[str, Any]:
    found = {"translations": [{"languageCode": "de"}], "assets": [], "variantList": {"totalItems": of}, **more}
    return {"id": id_, "sku": sku, "product": {"id": product, **found}}


def found(*variants: dict[str, Any], digits: int = 2) -> Said:
    channel = {"defaultLanguageCode": "de", "defaultCurrencyCode": "EUR", "availableCurrencyCodes": ["EUR", "JPY"]}
    return data(
        activeChannel=channel,
        globalSettings={"serverConfig": {"moneyStrategyPrecision": digits}},
        productVariants={"items": variants, "totalItems": len(variants)},
    )


def push(door: Doorkeeper, *pages: Page, given: Sequence[GivenImages] = (), **settings: Any) -> PagesPushed:
    async def called() -> PagesPushed:
        async with httpx2.AsyncClient(trust_env=False) as client:
            told = VendureSettings(**{"url": f"{door.url}/admin-api", "images_from": door.url, **settings})
            connector = build(client, told, {"api_key": "key"})
            assert isinstance(connector, PushesPages)
            return await connector.push_pages(pages, {page.sku: given for page in pages})

    return asyncio.run(called())


def fields(**settings: Any) -> frozenset[str]:
    given = VendureSettings(url="https://shop.example/admin-api", **settings)
    return build(httpx2.AsyncClient(trust_env=False), given, {"api_key": "key"}).page_fields


def written(door: Doorkeeper) -> list[Any]:
    """The inputs of the mutations that were called, uploads aside."""
    bodies = [json.loads(call.body) for call in door.calls if call.headers.get("content-type") == "application/json"]
    return [body["variables"]["input"] for body in bodies if "input" in body["variables"]]


def kinds(told: PagesPushed) -> dict[str, str]:
    return {sku: outcome.kind for sku, outcome in told.outcomes.items()}


def pictures(door: Doorkeeper, *names: str) -> tuple[Picture, ...]:
    return tuple(Picture(f"{door.url}/{name}.png", "words") for name in names)


def test_texts_and_prices_are_written_in_the_channels_language_and_decimals(door: Doorkeeper) -> None:
    door.says = [found(variant("7", "MUG")), WRITTEN, WRITTEN]
    page = Page(
        "MUG", title="Tasse", description="", price=Decimal("9.900000"), brand="Lux", compare_at_price=Decimal(9)
    )
    assert push(door, page).outcomes == {"MUG": Outcome("applied")}
    texts = {"languageCode": "de", "name": "Tasse", "description": ""}
    price = [{"currencyCode": "EUR", "price": 990}]
    names = [{"languageCode": "de", "name": "Tasse"}]
    assert written(door) == [
        {"id": "1", "translations": [texts]},
        [{"id": "7", "prices": price, "translations": names}],
    ]


def test_variants_get_prices_and_their_product_the_texts(door: Doorkeeper) -> None:
    door.says = [found(variant("7", "S", of=2), variant("8", "M", of=2)), WRITTEN, WRITTEN]
    pages = [Page(sku, "lamp", title="Lamp", price=Decimal(1), currency="JPY") for sku in ("S", "M")]
    assert kinds(push(door, *pages)) == {"S": "applied", "M": "applied"}
    price = [{"currencyCode": "JPY", "price": 100}]
    assert written(door) == [
        {"id": "1", "translations": [{"languageCode": "de", "name": "Lamp"}]},
        [{"id": "7", "prices": price}, {"id": "8", "prices": price}],
    ]


def test_a_listing_alone_says_nothing_of_what_variants_there_share(door: Doorkeeper) -> None:
    door.says = [found(variant("7", "S", of=2)), WRITTEN]
    push(door, Page("S", title="only of S", price=Decimal(1), images=pictures(door, "a")))
    assert written(door) == [[{"id": "7", "prices": [{"currencyCode": "EUR", "price": 100}]}]]


def test_nothing_is_written_of_what_is_left_open(door: Doorkeeper) -> None:
    door.says = [found(variant("7", "MUG"))]
    assert kinds(push(door, Page("MUG", title="", summary="short"))) == {"MUG": "applied"}
    assert written(door) == []


def test_a_product_without_texts_in_the_channels_language_needs_a_title(door: Doorkeeper) -> None:
    bare = variant("7", "MUG", translations=[{"languageCode": "en"}])
    door.says = [found(bare), found(bare), WRITTEN, WRITTEN]
    told = push(door, Page("MUG", description="text"))
    assert told.outcomes["MUG"].reason.endswith("language de; give it a title here, or one there")
    push(door, Page("MUG", title="Tasse"))
    assert written(door)[0]["translations"] == [
        {"languageCode": "de", "name": "Tasse", "slug": "Tasse", "description": ""}
    ]


def test_what_is_unknown_there_twice_there_or_has_no_such_price_is_refused(door: Doorkeeper) -> None:
    door.says = [found(variant("1", "TWO"), variant("2", "TWO"), variant("3", "USD"), variant("4", "FINE"))]
    pages = [
        Page("NONE"),
        Page("TWO"),
        Page("USD", price=Decimal(1), currency="USD"),
        Page("FINE", price=Decimal("0.001")),
    ]
    told = push(door, *pages)
    assert set(kinds(told).values()) == {"rejected"}
    reasons = [told.outcomes[page.sku].reason for page in pages]
    for reason, says in zip(reasons, ("no variant", "variants 1, 2", "EUR, JPY", "2 decimals"), strict=True):
        assert says in reason


def test_images_are_fetched_uploaded_and_known_by_their_ids(door: Doorkeeper) -> None:
    door.says = [found(variant("7", "MUG")), PNG, uploaded("31"), PNG, uploaded("32"), WRITTEN]
    told = push(door, Page("MUG", images=pictures(door, "a front", "b")))
    assert kinds(told) == {"MUG": "applied"}
    assert written(door) == [{"id": "1", "assetIds": ["31", "32"], "featuredAssetId": "31"}]
    known = told.given["MUG"]
    assert (known.page, [image.id for image in known.ours]) == (f"{door.url}/admin-api#1", ["31", "32"])
    fetched, sent = door.calls[1:3]
    assert "vendure-api-key" not in fetched.headers
    assert sent.headers["apollo-require-preflight"] == "true"
    assert b'filename="a-front.png"' in sent.body
    assert b"\x89PNG" in sent.body


def known_of(door: Doorkeeper, **ours: str) -> list[GivenImages]:
    images = tuple(GivenImage(f"{door.url}/{name}.png", "", id_) for name, id_ in ours.items())
    return [GivenImages(f"{door.url}/admin-api#1", images, ("77",))]


def test_a_changed_list_replaces_ours_alone_and_keeps_the_featured_one_of_somebody(door: Doorkeeper) -> None:
    there: dict[str, Any] = {"assets": [{"id": "31"}, {"id": "77"}], "featuredAsset": {"id": "77"}}
    door.says = [found(variant("7", "MUG", **there)), PNG, uploaded("33"), WRITTEN]
    told = push(door, Page("MUG", images=pictures(door, "c")), given=known_of(door, a="31"))
    assert written(door) == [{"id": "1", "assetIds": ["33", "77"], "featuredAssetId": "77"}]
    door.says = [found(variant("7", "MUG", assets=[{"id": "33"}]))]
    push(door, Page("MUG", images=pictures(door, "c")), given=[told.given["MUG"]])
    door.says = [found(variant("7", "MUG", assets=[{"id": "33"}])), WRITTEN]
    push(door, Page("MUG", images=()), given=[told.given["MUG"]])
    assert written(door)[1:] == [{"id": "1", "assetIds": [], "featuredAssetId": None}]


def test_an_image_that_cannot_be_had_keeps_no_other_back_and_is_tried_again(door: Doorkeeper) -> None:
    away = Said(302, headers={"location": f"{door.url}/secret"})
    text = Said(200, b"<svg>", {"content-type": "image/svg+xml"})
    no_asset = data(createAssets=[{"__typename": "MimeTypeError", "message": "not permitted"}])
    door.says = [
        found(variant("7", "MUG")),
        away,
        text,
        PNG,
        no_asset,
        PNG,
        errors("FORBIDDEN"),
        PNG,
        uploaded("31"),
        WRITTEN,
    ]
    elsewhere = Picture("https://169.254.169.254/x.png")
    told = push(door, Page("MUG", images=(*pictures(door, "a", "b", "c", "d", "e"), elsewhere)))
    assert kinds(told) == {"MUG": "rejected"}
    assert [(image.url, image.id) for image in told.given["MUG"].ours] == [(f"{door.url}/e.png", "31")]
    assert "/secret" not in [call.path for call in door.calls]
    reasons = told.outcomes["MUG"].reason
    assert reasons.startswith(f"{door.url}/a.png was not fetched: it answers 302; {door.url}/b.png is image/svg+xml")


def test_an_image_stays_until_the_one_in_its_place_can_be_had(door: Doorkeeper) -> None:
    there = found(variant("7", "MUG", assets=[{"id": "31"}, {"id": "77"}]))
    door.says = [there, Said(503), WRITTEN, there, PNG, uploaded("32"), WRITTEN]
    told = push(door, Page("MUG", images=pictures(door, "b")), given=known_of(door, a="31"))
    assert kinds(told) == {"MUG": "rejected"}
    assert written(door)[0]["assetIds"] == ["31", "77"]
    told = push(door, Page("MUG", images=pictures(door, "b")), given=[told.given["MUG"]])
    assert kinds(told) == {"MUG": "applied"}
    assert written(door)[1]["assetIds"] == ["32", "77"]


def test_an_image_of_another_server_is_not_fetched(door: Doorkeeper) -> None:
    door.says = [found(variant("7", "MUG")), WRITTEN]
    elsewhere = (Picture("https://169.254.169.254/x.png"), Picture(f"{door.url.replace('//', '//u:p@')}/x.png"))
    told = push(door, Page("MUG", images=elsewhere))
    assert "is at none of the servers in images_from; add its server there" in told.outcomes["MUG"].reason
    assert [call.path for call in door.calls] == ["/admin-api", "/admin-api"]


def test_an_image_of_any_size_is_not_read(door: Doorkeeper) -> None:
    door.says = [found(variant("7", "MUG")), Said(200, bytes(SIZE_MAX + 1), {"content-type": "image/png"}), WRITTEN]
    told = push(door, Page("MUG", images=pictures(door, "a")))
    assert told.outcomes["MUG"].reason == f"{door.url}/a.png has over 20 MB; give a smaller image"


def test_without_servers_to_fetch_from_images_are_left_to_the_shop(door: Doorkeeper) -> None:
    door.says = [found(variant("7", "MUG"))]
    told = push(door, Page("MUG", images=pictures(door, "a")), images_from="")
    assert (kinds(told), told.given, written(door)) == ({"MUG": "applied"}, {}, [])
    assert fields(images_from="") == fields(images_from=door.url) - {"images"} == {"title", "description", "price"}


@pytest.mark.parametrize(
    "servers", ["http://img.example", "https://img.example/folder", "img.example", "https://a:b@c.example"]
)
def test_what_is_no_server_to_fetch_from_is_refused(servers: str) -> None:
    with pytest.raises(ValueError, match="images_from"):
        VendureSettings(url="https://shop.example/admin-api", images_from=f"https://one.example {servers}")


def test_refused_texts_keep_no_prices_back(door: Doorkeeper) -> None:
    door.says = [found(variant("7", "MUG")), errors("USER_INPUT_ERROR"), WRITTEN]
    told = push(door, Page("MUG", title="Tasse", price=Decimal(1)))
    assert told.outcomes == {"MUG": Outcome("rejected", "the shop said: no USER_INPUT_ERROR")}
    assert len(written(door)) == 2


@pytest.mark.parametrize(("answer", "kind"), [(Said(429, headers={"retry-after": "7"}), "later"), (DROPPED, "unknown")])
def test_what_went_before_a_fault_stands_and_the_rest_waits(door: Doorkeeper, answer: Said, kind: str) -> None:
    names = ("A", "B", "C")
    door.says = [found(*(variant(name, name, name) for name in names)), WRITTEN, WRITTEN, answer]
    told = push(door, *(Page(name, title=name) for name in names))
    assert kinds(told) == {"A": "applied", "B": kind, "C": "later"}
    assert told.throttle.retry_after_s == (7 if kind == "later" else 0)


def test_the_first_fault_is_the_channels(door: Doorkeeper) -> None:
    for answer, fault in ((errors("FORBIDDEN"), ChannelDown), (DROPPED, InDoubt)):
        door.says = [found(variant("7", "MUG")), answer]
        with pytest.raises(fault):
            push(door, Page("MUG", title="Tasse"))


def test_far_too_many_doubles_are_told(door: Doorkeeper) -> None:
    many = [variant(str(n), "MUG") for n in range(9)]
    door.says = [found(*many)]
    with pytest.raises(ChannelDown, match="are there that many doubles"):
        push(door, Page("MUG"))
