"""What has to be known of a source of files: where they lie, how they are called, and how they are read."""

import codecs
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, NamedTuple
from urllib.parse import unquote, urlsplit

import msgspec
from msgspec import Meta

from truestock.connections.outside.guard import Errand
from truestock.connectors.files.columns import check_path
from truestock.connectors.files.folders.ripe import Complete
from truestock.core.problems import Invalid

SECRETS: Final = {
    "password": "The account's password on the SFTP server, or at the URL.",
    "private_key": "The account's private key on the SFTP server, in OpenSSH's form, whole and without a passphrase.",
    "header": "A header that the URL's server lets us in by, such as X-Api-Key: 2f7c...",
}
ERRAND: Final = Errand("files", "TRUESTOCK_SOURCES_ON_LAN", "and give user and the secret password instead")


class InFolder(NamedTuple):
    """A folder of this machine."""

    root: str


class OnServer(NamedTuple):
    """A folder on an SFTP server; `root` without a slash in front begins where the account does."""

    host: str
    port: int
    root: str


class AtUrl(NamedTuple):
    """One file."""

    url: str

    @property
    def shown(self) -> str:
        """The URL for people, without what may be secret in it."""
        return self.url.partition("?")[0]

    @property
    def name(self) -> str:
        """What the file is called."""
        called = unquote(urlsplit(self.url).path.rpartition("/")[2])
        return "".join(sign if sign.isprintable() else "_" for sign in called) or urlsplit(self.url).netloc


Where = InFolder | OnServer | AtUrl


class SourceSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of one source; the folders in them lie below its address."""

    address: Annotated[
        str,
        Meta(
            description="Where the files lie: the absolute path of a folder of this machine, sftp://host/folder, or "
            "the https:// URL of one file.",
            max_length=2_000,
        ),
    ]
    format: Annotated[
        Literal["shopify", "woocommerce", "magento", "plain"],
        Meta(description="The form of the files; plain for any table."),
    ] = "plain"
    name: Annotated[
        str, Meta(description="What the files in a folder are called, with * and ?.", min_length=1, max_length=200)
    ] = "*"
    user: Annotated[str, Meta(description="The account on the SFTP server, or at the URL.", max_length=200)] = ""
    host_key: Annotated[
        str,
        Meta(
            description="The SFTP server's public key, as in ssh-ed25519 AAAA...; several divided by semicolons. No "
            "other is taken.",
            max_length=10_000,
        ),
    ] = ""
    mapping: Annotated[
        str, Meta(description="A saved column mapping, for plain files; empty: our own column names.", max_length=200)
    ] = ""
    make_skus: Annotated[bool, Meta(description="Whether rows without a SKU get one from their handle or title.")] = (
        False
    )
    currency: Annotated[
        str, Meta(description="Of prices that name none, as EUR.", pattern=r"^([A-Z]{3})?$", max_length=3)
    ] = ""
    encoding: Annotated[str, Meta(description="Of CSV; empty: found out.", max_length=40)] = ""
    stock_column: Annotated[
        str,
        Meta(description="The header of the stock column; empty: the only one that the format knows.", max_length=200),
    ] = ""
    whole_stock: Annotated[
        bool,
        Meta(description="Whether a file names all that lies there, so that nothing is left of what it does not name."),
    ] = False
    complete: Annotated[
        Complete,
        Meta(
            description="When a file in a folder is whole: renamed, as soon as it has its name; stable, when it has "
            "not changed for stable_s; marker, when its marker lies beside it."
        ),
    ] = "stable"
    stable_s: Annotated[float, Meta(description="Seconds without a change.", ge=0, le=600)] = 10.0
    marker: Annotated[
        str, Meta(description="The name of a file's marker.", pattern=r"^[^/]*\{name\}[^/]*$", max_length=100)
    ] = "{name}.done"
    after_reading: Annotated[
        Literal["leave", "move"], Meta(description="What is done with a file in a folder once it is read.")
    ] = "leave"
    done_folder: Annotated[str, Meta(description="Where files are moved to.", max_length=200)] = "done"
    failed_folder: Annotated[
        str, Meta(description="Where those are moved to that could not be read.", max_length=200)
    ] = "failed"
    file_max_mb: Annotated[int, Meta(description="The most megabytes that are read of a file.", ge=1, le=64)] = 64
    timeout_s: Annotated[
        float, Meta(description="Seconds for each answer, and for each piece of a file.", ge=0.05, le=600)
    ] = 30.0

    def __post_init__(self) -> None:
        where_of(self.address)
        if "/" in self.name:
            raise ValueError("name: the files lie right in the folder of the address; take the slash out")
        for setting in ("done_folder", "failed_folder"):
            check_path(setting, getattr(self, setting))
        if self.mapping and self.format != "plain":
            raise ValueError("mapping: only plain files take one; a shop's own form has its own columns")
        try:
            codecs.lookup(self.encoding or "utf-8")
        except LookupError:
            raise ValueError(f"encoding: there is none called {self.encoding!r}; name one as cp1252") from None


def schema() -> dict[str, Any]:
    """The JSON Schema of the settings."""
    return msgspec.json.schema(SourceSettings)


def settings_of(given: Mapping[str, Any]) -> SourceSettings:
    """Settings as people type them, texts too. Raises Invalid."""
    try:
        return msgspec.convert(dict(given), SourceSettings, strict=False)
    except msgspec.ValidationError as error:
        known = ", ".join(SourceSettings.__struct_fields__)
        raise Invalid("settings", f"{error}; a source takes {known}") from None


def where_of(address: str) -> Where:
    """What an address means. Raises ValueError."""
    if not address.isprintable():
        raise ValueError("address: it has control characters; take them out")
    if address.startswith("/"):
        return InFolder(address)
    scheme = address.partition("://")[0].lower()
    if scheme in ("http", "https"):
        return AtUrl(address)
    if scheme != "sftp":
        raise ValueError("address: give the absolute path of a folder, sftp://host/folder, or an https:// URL")
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port or 22
    except ValueError:
        raise ValueError("address: this is no URL; write it as sftp://host:22/folder") from None
    if "@" in parts.netloc or not host or parts.query or parts.fragment:
        raise ValueError("address: write it as sftp://host/folder; the account is set as user, its secret apart")
    path = unquote(parts.path)
    return OnServer(host, port, path.removeprefix("/~/") if path.startswith("/~/") else path or "/")
