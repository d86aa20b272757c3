"""Which column holds what, and how files are named: texts of the settings, read and checked. Pure."""

import re
from collections.abc import Callable, Collection, Mapping
from fnmatch import fnmatchcase
from typing import Final

PATTERN: Final = re.compile(r"\{(\w*)\}")
NAME_MAX: Final = 200


def columns(setting: str, text: str, known: Collection[str], needed: Collection[str] = ()) -> dict[str, str]:
    """Headers by field, as they stand: from "sku=Seller SKU; quantity" (a field alone is its own header).

    Raises ValueError, which names the setting."""
    found: dict[str, str] = {}
    for part in text.split(";"):
        field, equals, header = (piece.strip() for piece in part.partition("="))
        if not field and not equals:
            continue
        if field not in known:
            raise ValueError(f"{setting}: {field!r} is no field; there are {', '.join(known)}")
        if field in found or (equals and not header):
            raise ValueError(f"{setting}: {field!r} is {'given twice' if field in found else 'without a header'}")
        found[field] = header or field
    if missing := [field for field in needed if field not in found]:
        raise ValueError(f"{setting}: {missing[0]!r} is missing; write it as {missing[0]}=Header")
    if twice := [header for header in found.values() if list(found.values()).count(header) > 1]:
        raise ValueError(f"{setting}: two fields have the header {twice[0]!r}")
    return found


def words(setting: str, text: str, known: Collection[str]) -> dict[str, str]:
    """By word of the other side, in small letters, what it means here: from "open=To ship, Paid; cancelled=Void".

    Raises ValueError, which names the setting."""
    found = {word: word for word in known}
    for part in filter(str.strip, text.split(";")):
        meaning, _, theirs = (piece.strip() for piece in part.partition("="))
        if meaning not in known:
            raise ValueError(f"{setting}: {meaning!r} is none of {', '.join(known)}")
        for word in filter(None, (word.strip().casefold() for word in theirs.split(","))):
            if found.get(word, meaning) != meaning and word not in known:
                raise ValueError(f"{setting}: {word!r} cannot mean both {found[word]} and {meaning}")
            found[word] = meaning
    return found


def check_path(setting: str, path: str) -> None:
    """Return for a path that stays below its root. Raises ValueError, which names the setting."""
    parts = path.split("/")
    if any(not part or part.startswith(".") or not part.isprintable() or len(part) > NAME_MAX for part in parts):
        raise ValueError(
            f"{setting}: {path!r} is no path below the root; write it as folder/name, no part empty or with a dot first"
        )


def check_name(setting: str, pattern: str, allowed: Collection[str], needed: Collection[str] = ()) -> None:
    """Return for a path with placeholders in its name. Raises ValueError, which names the setting."""
    check_path(setting, pattern)
    folder, _, name = pattern.rpartition("/")
    used = PATTERN.findall(name)
    if "{" in folder or PATTERN.sub("", name).strip("{}") != PATTERN.sub("", name) or set(used) - set(allowed):
        raise ValueError(f"{setting}: only {', '.join(f'{{{one}}}' for one in allowed)} may stand in the name")
    if missing := set(needed) - set(used):
        raise ValueError(f"{setting}: the name needs {{{min(missing)}}}, or one file would cover another")


def filled(pattern: str, values: Mapping[str, str]) -> str:
    """The path with its placeholders filled in; what may not stand in a name becomes an underscore."""
    return PATTERN.sub(lambda found: re.sub(r"[^\w.-]", "_", values[found[1]])[:NAME_MAX], pattern)


def matcher(pattern: str) -> tuple[str, Callable[[str], bool]]:
    """The folder of a path with * and ? in its name, and whether a name there is meant."""
    folder, _, name = pattern.rpartition("/")
    return folder, lambda found: fnmatchcase(found, name)
