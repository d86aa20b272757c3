"""What has to be known of a channel that exchanges files: where they lie, how they are called, what stands in them."""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from truestock.connectors.contract.traits import Budget, Traits
from truestock.connectors.files.columns import check_name, check_path
from truestock.connectors.files.folders.ripe import Complete
from truestock.connectors.files.sheets.writing import Delimiter

SECRETS: Final = {
    "password": "The account's password on the SFTP server; this, a private_key, or both.",
    "private_key": "The account's private key in OpenSSH's form, whole and without a passphrase.",
}
CODEC: Final = r"^[A-Za-z0-9_-]{2,30}$"
Path = Annotated[str, Meta(max_length=300)]
Columns = Annotated[str, Meta(max_length=4000)]


class FilesSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of one channel; all paths lie below `folder`."""

    folder: Annotated[
        str,
        Meta(description="The root of all paths: absolute on this machine; on a server also relative.", max_length=500),
    ]
    decrements: Annotated[
        Literal["at_once", "when_shipped", "never"],
        Meta(
            description="Whether the other side lowers its own number when it sells: at once, when shipped, or never."
        ),
    ]
    host: Annotated[str, Meta(description="The SFTP server; empty for a folder of this machine.", max_length=253)] = ""
    port: Annotated[int, Meta(description="The server's port.", ge=1, le=65535)] = 22
    user: Annotated[str, Meta(description="The account on the server.", max_length=200)] = ""
    host_key: Annotated[
        str,
        Meta(
            description="The server's public key, as in ssh-ed25519 AAAA...; several divided by semicolons. No other "
            "is taken.",
            max_length=10_000,
        ),
    ] = ""
    timeout_s: Annotated[
        float, Meta(description="Seconds for each answer of the server, and for each piece of a file.", ge=0.05, le=600)
    ] = 30.0

    stock_name: Annotated[
        Path,
        Meta(
            description="What a stock file is called; {time} and {number} make it new each time; .xlsx makes a "
            "workbook. Empty: no stock is written."
        ),
    ] = "stock/stock_{time}_{number}.csv"
    stock_mode: Annotated[
        Literal["changes", "whole"],
        Meta(description="Whether a stock file has the rows that changed, or all rows ever sent."),
    ] = "changes"
    stock_columns: Annotated[
        Columns,
        Meta(
            description="Fields and headers in their order: sku, quantity, adjustment, place, time, rev, key, was. "
            "With place, a number for each of the channel's places; with adjustment, the difference to what it shows."
        ),
    ] = "sku; quantity"
    file_every_s: Annotated[
        float, Meta(description="Seconds between two stock files; what changes meanwhile waits.", ge=0, le=86400)
    ] = 60.0
    batch_max: Annotated[int, Meta(description="The most rows that one push changes.", ge=1, le=50_000)] = 10_000
    pending_s: Annotated[
        float, Meta(description="Seconds after which a file of unknown fate is looked for.", ge=0, le=3600)
    ] = 60.0
    delimiter: Annotated[Delimiter, Meta(description="Between the cells of CSV that is written.")] = "comma"
    encoding: Annotated[
        str, Meta(description="Of CSV that is written; utf-8-sig for utf-8 with its mark.", pattern=CODEC)
    ] = "utf-8"
    line_end: Annotated[Literal["crlf", "lf"], Meta(description="Of CSV that is written.")] = "crlf"
    header: Annotated[bool, Meta(description="Whether the first row that is written names the columns.")] = True
    guard_formulas: Annotated[
        bool,
        Meta(
            description="Whether a text in CSV that a spreadsheet would run gets an apostrophe in front; false if SKUs "
            "begin with - or = and no spreadsheet opens the file."
        ),
    ] = True

    ack_name: Annotated[
        Path,
        Meta(
            description="The file that says what became of a stock file, with {name} or {stem} for that one's name. "
            "Empty: a row is in force once its file is there."
        ),
    ] = ""
    ack_columns: Annotated[Columns, Meta(description="Fields of it: sku, place, status, reason.")] = (
        "sku; status; reason"
    )
    ack_lists: Annotated[
        Literal["all", "refused"], Meta(description="Which rows it names; with refused, all others are in force.")
    ] = "all"
    ack_good: Annotated[
        str, Meta(description="What `status` says of a row that is in force, divided by commas.", max_length=500)
    ] = "ok, accepted, applied, success"
    ack_within_s: Annotated[
        float, Meta(description="Seconds after which rows without an answer are sent again.", ge=1, le=604800)
    ] = 3600.0

    report_name: Annotated[
        Path, Meta(description="The other side's reports of its stock, with * and ?. Empty: it cannot be read back.")
    ] = ""
    report_columns: Annotated[Columns, Meta(description="Fields of a report: sku, place, quantity.")] = "sku; quantity"
    report_newest: Annotated[
        Literal["time", "name"], Meta(description="Whether the newest report is the last changed, or the last by name.")
    ] = "time"
    report_lag_s: Annotated[
        float, Meta(description="Seconds that a row sent takes until it is in a report.", ge=0, le=86400)
    ] = 300.0

    orders_name: Annotated[Path, Meta(description="The files with orders, with * and ?. Empty: there are none.")] = ""
    order_columns: Annotated[
        Columns,
        Meta(
            description="Fields of an order file, one row for each line: order, sku, quantity, and any of line, title, "
            "price, discount, tax, returned, name, currency, shipping, shipping_tax, placed_at, changed_at, state, "
            "carrier, tracking, shipped_at, buyer_id, buyer_name, email, phone, company, street, postcode, city, "
            "region, country, language."
        ),
    ] = "order; line; sku; quantity"
    order_states: Annotated[
        Columns,
        Meta(
            description="What the words in `state` mean: pending, open, cancelled, shipped or closed, as in "
            "open=To ship, Paid; cancelled=Void. No word means open."
        ),
    ] = ""
    explained_rows: Annotated[
        int,
        Meta(description="Rows below the header of an order file that explain it and are passed over.", ge=0, le=20),
    ] = 0
    decimal: Annotated[
        Literal["point", "comma"],
        Meta(
            description="What stands before the cents of an amount. With comma, 1.000 units are a thousand; with point "
            "they are refused, as they may be one."
        ),
    ] = "point"
    time_zone: Annotated[
        str, Meta(description="Of times without one, such as Asia/Kolkata.", pattern=r"^[A-Za-z0-9_+/-]{1,60}$")
    ] = "UTC"
    time_format: Annotated[
        str, Meta(description="Of times that are not ISO 8601, such as %d/%m/%Y %H:%M.", max_length=60)
    ] = ""
    after_reading: Annotated[
        Literal["leave", "move"], Meta(description="What is done with an order file once its orders are taken.")
    ] = "leave"
    done_folder: Annotated[Path, Meta(description="Where order files are moved to.")] = "done"
    failed_folder: Annotated[Path, Meta(description="Where those are moved to of which something was not read.")] = (
        "failed"
    )
    poll_every_s: Annotated[
        float, Meta(description="Seconds between two looks for new order files.", ge=1, le=86400)
    ] = 60.0

    complete: Annotated[
        Complete,
        Meta(
            description="When a file of the other side is whole: renamed, as soon as it has its name; stable, when it "
            "has not changed for stable_s; marker, when its marker lies beside it."
        ),
    ] = "stable"
    stable_s: Annotated[float, Meta(description="Seconds without a change.", ge=0, le=86400)] = 30.0
    marker: Annotated[
        str, Meta(description="The name of a file's marker.", pattern=r"^[^/]*\{name\}[^/]*$", max_length=100)
    ] = "{name}.done"
    read_encoding: Annotated[
        str, Meta(description="Of CSV that is read; empty: found out.", pattern=r"^([A-Za-z0-9_-]{2,30})?$")
    ] = ""
    file_max_mb: Annotated[int, Meta(description="The most megabytes that are read of a file.", ge=1, le=60)] = 20

    parcel_name: Annotated[
        Path, Meta(description="What a file about a parcel is called; {id} and {order}. Empty: none is written.")
    ] = ""
    parcel_columns: Annotated[
        Columns,
        Meta(
            description="Its fields, a row for each line: order, line, quantity, carrier, tracking, tracking_url, "
            "shipped_at, place, parcel."
        ),
    ] = "order; line; quantity; carrier; tracking; parcel"
    cancel_name: Annotated[
        Path, Meta(description="What a file about a cancellation is called; {id} and {order}. Empty: none is written.")
    ] = ""
    cancel_columns: Annotated[
        Columns,
        Meta(description="Its fields, a row for each line: order, line, quantity, whole, reason, cancellation."),
    ] = "order; line; quantity; reason; cancellation"

    def __post_init__(self) -> None:
        if not self.folder.isprintable() or (not self.host and not self.folder.startswith("/")):
            raise ValueError("folder: give the absolute path of a folder of this machine, or a host")
        whole = self.stock_mode == "whole"
        names = (
            ("stock_name", self.stock_name, ("time", "number"), () if whole else ("time",)),
            ("ack_name", self.ack_name, ("name", "stem"), ()),
            ("parcel_name", self.parcel_name, ("id", "order"), ("id",)),
            ("cancel_name", self.cancel_name, ("id", "order"), ("id",)),
        )
        for setting, pattern, allowed, needed in names:
            if pattern:
                check_name(setting, pattern, allowed, needed)
        for setting in ("report_name", "orders_name", "done_folder", "failed_folder"):
            if path := getattr(self, setting):
                check_path(setting, path)
                if any(sign in path.rpartition("/")[0] for sign in "*?["):
                    raise ValueError(f"{setting}: * and ? may stand in the name alone, not in its folder")
        if not self.stock_name and not self.orders_name:
            raise ValueError("stock_name: give this or orders_name; else nothing is exchanged")


def traits_of(settings: FilesSettings, *, by_place: bool, differences: bool) -> Traits:
    """What a channel with these settings is like."""
    # Looking at a folder costs its server little; how often stock is written is said with each file.
    looks = Budget(per_s=5.0, burst=20.0)
    return Traits(
        decrements=settings.decrements,
        budget=looks,
        wire="difference" if differences else "absolute",
        applied="later" if settings.ack_name else "at_once",
        batch_max=settings.batch_max,
        pending_s=settings.pending_s,
        by_place=by_place,
        orders=looks,
        poll_every_s=settings.poll_every_s,
    )
