"""Takes secrets out of texts that others wrote: an answer may repeat the very token that it was asked with.

What this process has unsealed is remembered here, so that nothing that is stored, logged or shown can have it."""

import re
from base64 import b64encode
from collections.abc import Iterable
from threading import Lock
from typing import Final

# Shorter ones are no secrets, and would be found in every other word.
CHARS_MIN: Final = 8
# Tokens that are fetched anew every hour come and go.
REMEMBERED_MAX: Final = 2_000
HIDDEN: Final = "[secret]"


class Veil:
    """Remembers secrets, and takes them out of texts."""

    def __init__(self) -> None:
        self._secrets: dict[str, None] = {}
        self._pattern: re.Pattern[str] | None = None
        self._lock = Lock()

    def hide(self, secrets: Iterable[str]) -> None:
        """Remember these, as they are and in base64."""
        forms = [form for text in secrets for form in (text, b64encode(text.encode()).decode().rstrip("="))]
        fresh = [form for form in forms if len(form) >= CHARS_MIN and form not in self._secrets]
        if not fresh:
            return
        with self._lock:
            kept = {**self._secrets, **dict.fromkeys(fresh)}
            self._secrets = dict.fromkeys(list(kept)[-REMEMBERED_MAX:])
            longest_first = sorted(self._secrets, key=len, reverse=True)
            self._pattern = re.compile("|".join(map(re.escape, longest_first)))

    def over(self, text: str) -> str:
        """The text without them, also without the beginning of one at its end, where a text is cut off."""
        if self._pattern is None:
            return text
        clean = self._pattern.sub(HIDDEN, text)
        for secret in self._secrets:
            for length in range(len(secret) - 1, CHARS_MIN - 1, -1):
                if clean.endswith(secret[:length]):
                    return clean[:-length] + HIDDEN
        return clean


_veil = Veil()
hide = _veil.hide
veiled = _veil.over
