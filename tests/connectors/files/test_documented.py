"""The pages say what the code does: every setting is there, and the channels that they set up can be made."""

import re
import shlex
from itertools import pairwise
from pathlib import Path

import httpx2
import msgspec
import pytest

from tests.connectors.counterparts.sftp import HOST_KEY, public
from tests.connectors.files.channels import call, channel, files, line, put
from truestock.connectors.contract.abilities import PushesStock, ReadsOrders
from truestock.connectors.files import build
from truestock.connectors.files.channel import FilesChannel
from truestock.connectors.files.settings import SECRETS, FilesSettings

PAGES = Path(__file__).parents[3] / "docs/connectors"
FILES = (PAGES / "files.md").read_text(encoding="utf-8")
SOCIAL = (PAGES / "social.md").read_text(encoding="utf-8")


def commands(page: str) -> dict[str, dict[str, str]]:
    """What `channel add` sets, by channel."""
    found = {}
    for text in re.findall(r"truestock channel add (.*?[^\\])\n", page.replace("\\\n", " "), re.DOTALL):
        code, *words = shlex.split(text)
        pairs = pairwise(words)
        found[code] = dict(value.split("=", 1) for option, value in pairs if option == "--set")
    return found


def made(settings: dict[str, str]) -> FilesChannel:
    given = {**settings, "host_key": public(HOST_KEY)} if "host" in settings else settings
    return build(httpx2.AsyncClient(), msgspec.convert(given, FilesSettings, strict=False), {"password": "x"})


def test_every_setting_and_secret_is_in_the_page_with_its_default() -> None:
    described = msgspec.json.schema(FilesSettings)["$defs"]["FilesSettings"]["properties"]
    for field in msgspec.structs.fields(FilesSettings):
        shown = str(field.default).lower() if isinstance(field.default, bool) else str(field.default)
        default = "needed" if field.required else f"`{shown}`" if shown else "empty"
        assert f"| `{field.name}` | {default} | {described[field.name]['description']} |" in FILES
    for name, meaning in SECRETS.items():
        assert f"| `{name}` | {meaning} |" in FILES


@pytest.mark.parametrize(("page", "code"), [(FILES, "market"), (SOCIAL, "tiktok"), (SOCIAL, "meta")])
def test_what_the_pages_set_up_can_be_made(page: str, code: str) -> None:
    found = made(commands(page)[code])
    assert isinstance(found, PushesStock)
    assert isinstance(found, ReadsOrders) == (code != "meta")


def test_an_export_with_the_columns_of_the_page_is_read(tmp_path: Path) -> None:
    settings = {name: value for name, value in commands(SOCIAL)["tiktok"].items() if name != "folder"}
    found = channel(tmp_path, **{**settings, "file_every_s": 0, "explained_rows": 1})
    cells = {
        "Order ID": "576461413038785752", "Order Status": "To ship", "Seller SKU": "TEA-1", "Product Name": "Tea",
        "Quantity": "2", "SKU Unit Original Price": "12.50", "SKU Seller Discount": "1.00", "Tracking ID": "",
        "Created Time": "11/22/2026 02:30:05 PM\t", "Shipped Time": "", "Shipping Provider Name": "",
        "Recipient": "Ana", "Detail Address": "", "City": "Austin", "State": "TX", "Zipcode": "01234", "Country": "US",
        "Other": "x",
    }  # fmt: skip
    explained = ",".join(f"what {name} is" for name in cells)
    put(tmp_path / "orders/export.csv", "\n".join([",".join(cells), explained, ",".join(cells.values()), ""]))
    page = call(found.open_orders(""))
    assert page.unread == {}
    (order,) = page.orders
    assert (order.id, order.state, order.lines[0].qty) == ("576461413038785752", "open", 2)
    assert (order.placed_at.isoformat(), order.buyer.postcode) == ("2026-11-22T22:30:05+00:00", "01234")


def test_the_rows_in_the_page_are_read_and_written_so(tmp_path: Path) -> None:
    blocks = [re.sub("(?m)^    ", "", text) for text in re.findall(r"(?m)(?:^    [a-z]+,.*\n(?:^    .*\n)+)", FILES)]
    stock, ack, orders = blocks

    found = channel(
        tmp_path,
        ack_name="acks/{stem}.ack.csv",
        orders_name="orders/*.csv",
        order_columns="order; line; sku; quantity; price; currency; placed_at; state",
    )
    pushed = call(found.push([line("TEA-1", 12), line("001234", 0)]))
    (file,) = files(tmp_path / "stock")
    assert file.read_text() == stock
    put(tmp_path / f"acks/{file.stem}.ack.csv", ack)
    settled = call(found.settle({spot: outcome.ticket for spot, outcome in pushed.outcomes.items()}))
    assert {spot.sku: outcome.kind for spot, outcome in settled.items()} == {"TEA-1": "applied", "001234": "rejected"}
    put(tmp_path / "orders/o.csv", orders)
    (order,) = call(found.open_orders("")).orders
    assert [(one.sku, one.qty) for one in order.lines] == [("TEA-1", 2), ("001234", 1)]
