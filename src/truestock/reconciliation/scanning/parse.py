"""What a code says by itself: GS1 element strings, Digital Links, plain GTINs; all else is a label of our own."""

import re
from datetime import date
from decimal import Decimal
from typing import Final, Literal

import msgspec
from biip import ParseError
from biip.gs1_digital_link_uris import GS1DigitalLinkURI
from biip.gs1_element_strings import GS1ElementStrings
from biip.gs1_messages import GS1Message
from biip.symbology import GS1Symbology, SymbologyIdentifier
from biip.upc import Upc, UpcFormat

from truestock.core.gtin import LENGTHS, check_digit, gtin14
from truestock.core.problems import Invalid

Form = Literal["gs1", "digital_link", "gtin", "label"]
CODE_MAX: Final = 500
SEPARATOR: Final = "\x1d"
# What scanners put for the separator when they are set to type it, and what a keyboard cannot.
_SEPARATORS: Final = re.compile("\u241d|<GS>|\\{GS\\}|\x1e|\x04", re.IGNORECASE)
_ELEMENTS: Final = re.compile(r"01\d{14}\S+")
_BARE_LINK: Final = re.compile(r"https?://\S+", re.IGNORECASE)
_UPC_E: Final = re.compile(r"[01]\d{7}|[01]?\d{6}")
_WEIGHT: Final = re.compile(r"310[0-5]")


class Parsed(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a code says; `quantity` is units of the GTIN that it states itself (AI 30 or 37), `weight_kg` net.

    Of a label, which says nothing by itself, only `code` is given: what was read, without what scanners add."""

    code: str
    form: Form
    gtin: str | None = None
    lot: str | None = None
    expires_on: date | None = None
    quantity: int | None = None
    serial: str | None = None
    weight_kg: Decimal | None = None


def parse(text: str) -> Parsed:
    """Read a code. Raises Invalid, which says what was read and what is wrong with it."""
    code = _SEPARATORS.sub(SEPARATOR, text).strip(" \t\r\n\x00")
    if not code:
        raise Invalid("code", "nothing was read; scan again")
    if len(code) > CODE_MAX:
        raise Invalid("code", f"{len(code)} characters were read; a code has at most {CODE_MAX}")
    symbology, code = _symbology(code)
    if _BARE_LINK.fullmatch(code):
        return _digital_link(code)
    if code.startswith("(") or SEPARATOR in code or symbology in GS1Symbology.with_gs1_messages():
        return _message(code)
    if code.isascii() and code.isdigit():
        return _digits(code, symbology)
    if _ELEMENTS.fullmatch(code) and int(code[15]) == check_digit(code[2:15]):
        return _message(code)
    if not code.isprintable():
        raise Invalid("code", f"{code!r} has characters that no label has; scan again, or type it")
    return Parsed(code, "label")


def _symbology(code: str) -> tuple[GS1Symbology | None, str]:
    """What a scanner says of the kind of code, if it does, and the code without it."""
    if not re.match(r"\][A-Za-z][0-9A-Za-z]", code):
        return None, code
    try:
        found = SymbologyIdentifier.extract(code)
    except ParseError:
        return None, code[3:]
    return found.gs1_symbology, code[len(found) :].lstrip(SEPARATOR)


def _digits(code: str, symbology: GS1Symbology | None) -> Parsed:
    """A GTIN or UPC-E; an element string, if it is one; else a label that happens to be of digits."""
    if len(code) > max(LENGTHS):
        return _message(code) if code.startswith("01") else Parsed(code, "label")
    fits = len(code) in LENGTHS and int(code[-1]) == check_digit(code[:-1]) and bool(code.strip("0"))
    # Eight digits from 0 or 1 may be a UPC-E; as a GTIN-8 they would be a number for use inside one company.
    short = _UPC_E.fullmatch(code) and _upc_a(code)
    if short and (not fits or (code[0] == "0" and symbology is not GS1Symbology.EAN_8)):
        return Parsed(code, "gtin", gtin=gtin14(short))
    if fits:
        return Parsed(code, "gtin", gtin=gtin14(code))
    if len(code) in LENGTHS and len(code) > min(LENGTHS):
        gtin14(code, "code")
    return Parsed(code, "label")


def _upc_a(code: str) -> str | None:
    """The twelve digits of a UPC-E; None where it is none."""
    try:
        upc = Upc.parse(code)
    except ParseError:
        return None
    return upc.as_upc_a() if upc.format is UpcFormat.UPC_E and len(code) == 8 else None


def _message(code: str) -> Parsed:
    try:
        message = GS1Message.parse_hri(code) if code.startswith("(") else GS1Message.parse(code)
    except ParseError as fault:
        raise _unread(code, fault) from None
    return _parsed(code, "gs1", message.element_strings)


def _digital_link(code: str) -> Parsed:
    try:
        link = GS1DigitalLinkURI.parse(code)
    except (ParseError, ValueError) as fault:
        # What is no URL at all is a ValueError of the standard library.
        raise _unread(code, fault) from None
    return _parsed(code, "digital_link", link.element_strings)


def _unread(code: str, fault: ParseError | ValueError) -> Invalid:
    why = str(fault).replace(code, "it")
    return Invalid("code", f"{code.replace(SEPARATOR, '<GS>')!r} cannot be read as GS1: {why} Scan again, or type it.")


def _parsed(code: str, form: Form, elements: GS1ElementStrings) -> Parsed:
    said = {element.ai.ai: element for element in elements}
    gtin = said.get("01") or said.get("02")
    best = said.get("17") or said.get("15")
    count = said.get("30") or said.get("37")
    weight = next((said[ai] for ai in said if _WEIGHT.fullmatch(ai)), None)
    for element in elements:
        if element.gtin_error:
            raise Invalid("code", f"{element.value!r} is no GTIN: {element.gtin_error} Scan again.")
    if count is not None and not count.value:
        raise Invalid("code", f"{code.replace(SEPARATOR, '<GS>')!r} says no number where its quantity is; scan again")
    if gtin is None:
        raise Invalid("code", f"{code.replace(SEPARATOR, '<GS>')!r} names no item (no GTIN in it); scan another code")
    return Parsed(
        code.replace(SEPARATOR, "<GS>"),
        form,
        gtin=gtin14(gtin.value, "code"),
        lot=said["10"].value if "10" in said else None,
        expires_on=best.date if best else None,
        quantity=int(count.value) if count else None,
        serial=said["21"].value if "21" in said else None,
        weight_kg=weight.decimal if weight else None,
    )
