"""How far orders were read: a window that opens at an instant, and Amazon's token for the next page in it."""

from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

# Windows overlap, for a change may come to show a little after its own time; reading an order twice does no harm.
OVERLAP: Final = timedelta(minutes=2)
FORM: Final = "%Y-%m-%dT%H:%M:%SZ"


class Cursor(NamedTuple):
    """`after` opens the window, `until` closes it once its first page was read; empty `token`: from its first page."""

    after: str
    until: str = ""
    token: str = ""

    @classmethod
    def at(cls, instant: datetime) -> "Cursor":
        """A window that opens at an instant."""
        return cls(instant.astimezone(UTC).strftime(FORM))

    @classmethod
    def read(cls, text: str) -> "Cursor":
        """As it was kept."""
        return cls(*text.split(" ", 2))

    def text(self) -> str:
        """As it is kept."""
        return " ".join(self).rstrip(" ")

    def anew(self) -> "Cursor":
        """The same window from its first page."""
        return Cursor(self.after)

    def following(self, token: str, until: datetime) -> "Cursor":
        """After a page: the next one of the window, which closed when its first page was read; or the next window."""
        closed = self.until or (until.astimezone(UTC) - OVERLAP).strftime(FORM)
        return Cursor(self.after, closed, token) if token else Cursor(max(self.after, closed))

    def next_page(self, token: str) -> "Cursor":
        """The next page of the same window, its end where `token` is empty."""
        return Cursor(self.after, self.until, token)
