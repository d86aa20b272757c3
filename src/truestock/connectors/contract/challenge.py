"""A channel that makes sure of an address before it sends messages there, and signs them with published keys."""

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from truestock.connectors.contract.abilities import Connector, TakesNotices


@runtime_checkable
class AnswersChallenge(Connector, Protocol):
    """Proves to the channel that an address is ours."""

    def challenged(self, url: str, query: Mapping[str, str]) -> Mapping[str, str]:
        """The answer to a challenge that came to `url`, given without its query. Raises NotGenuine when it is none."""
        ...


@runtime_checkable
class FetchesKeys(TakesNotices, Protocol):
    """Verifies messages by keys of the channel's, which it fetches when one is needed and keeps."""

    async def fetch_key(self, headers: Mapping[str, str]) -> None:
        """See to it that the key of a message is at hand, seldom by a call.

        Raises NotGenuine, also while the key cannot be had: the channel then sends the message again."""
        ...
