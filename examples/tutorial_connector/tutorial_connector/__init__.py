"""A kind of channel: what it has to be told, what of that is secret, and by whom its connector is built."""

from truestock.connectors.contract.kind import Kind
from tutorial_connector.connector import ShopConnector, ShopSettings

KIND = Kind(
    name="tutorial",
    title="Tiny shop",
    settings=ShopSettings,
    secrets={"token": "Lets the hub in, and signs the shop's messages."},
    build=ShopConnector,
)
