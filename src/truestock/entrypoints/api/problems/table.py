"""Every type of problem that a caller can meet, with what it means and what to do: the pages are made of this table."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """One type of problem."""

    type: str
    title: str
    status: int
    means: str
    do: str


AGAIN = "Send the same request again after `Retry-After` seconds."
NEW_OR_SOLD = "Order anew; if the money is taken already, send the order in mode `sold`."

_ENTRIES = (
    Entry("problem", "The request cannot be done", 400, "It cannot be done as it stands.", "Read `detail`."),
    Entry(
        "invalid",
        "A field is not valid",
        422,
        "A field has a value that cannot be meant, has the wrong type, is missing, or is unknown here.",
        "Correct what `field` names. `errors` lists all of them where several are at fault.",
    ),
    Entry(
        "not-found",
        "There is no such thing",
        404,
        "Something that the request names is not there.",
        "Create it first, or check the spelling.",
    ),
    Entry(
        "conflict",
        "The request clashes with what is there",
        409,
        "The request is fine by itself and clashes with what is there.",
        "Read what is there, then send what still makes sense.",
    ),
    Entry(
        "malformed",
        "The request cannot be read",
        400,
        "The body is no JSON in UTF-8, is nested too deeply, or has a NUL character.",
        "Send well-formed JSON.",
    ),
    Entry(
        "unauthorized",
        "An API key is needed",
        401,
        "No API key came with the request, or one that is unknown, expired or revoked.",
        "Send `Authorization: Bearer ts_live_...`; `truestock keys create` makes a key.",
    ),
    Entry(
        "forbidden",
        "The API key does not allow this",
        403,
        "The key lacks the scope that `detail` names, or is bound to another channel.",
        "Use a key that has it.",
    ),
    Entry("no-such-path", "There is nothing at this path", 404, "No endpoint has this path.", "Look it up at /docs."),
    Entry(
        "method-not-allowed",
        "The method is not allowed here",
        405,
        "The path takes other methods.",
        "The header Allow lists them.",
    ),
    Entry(
        "too-large",
        "The request is too large",
        413,
        "The body, or the number of lines in it, is past the bound.",
        "Send it in several calls; keys make that safe.",
    ),
    Entry(
        "unsupported-media-type",
        "The body's media type is not read here",
        415,
        "The body's Content-Type is not the one that this endpoint reads.",
        "Send application/json, or text/csv to a load.",
    ),
    Entry(
        "too-many-requests",
        "More waits than can be answered in time",
        429,
        "More commands wait than the hub can commit in time. Nothing was done.",
        AGAIN,
    ),
    Entry("busy", "Others are at work on the same", 503, "Somebody else holds the rows. Nothing was done.", AGAIN),
    Entry(
        "outcome-unknown",
        "No answer came in time",
        503,
        "No answer came in time, or the database went away: what became of the request is unknown.",
        "Send the same request with the same key: it is done once, and you get its answer.",
    ),
    Entry(
        "internal",
        "The server failed",
        500,
        "A fault of the server's.",
        "Report it with the request's id (X-Request-ID), which the log has too.",
    ),
    Entry(
        "insufficient-stock",
        "There is not enough to promise",
        409,
        "More is asked than may be promised, or is free, now. Nothing is held.",
        "`lines` says for each line what was requested, what is available, and by how much it is short.",
    ),
    Entry(
        "idempotency-key-reused",
        "The key was used for another content",
        422,
        "This key (of an order: channel and ref) was answered before for another content. Nothing is changed.",
        "Use a new key for a new request, or send exactly what was sent before.",
    ),
    Entry(
        "unknown-sku",
        "The channel sells nothing by this name",
        422,
        "A line names neither a listing of the channel nor an item, or the channel is unknown. Nothing is held.",
        "`field` names the line. Create the listing, or correct the SKU.",
    ),
    Entry(
        "hold-expired",
        "The hold has expired",
        410,
        "The hold ran out before it was confirmed, and its units are free again.",
        NEW_OR_SOLD,
    ),
    Entry(
        "hold-displaced",
        "The hold has lost its units",
        409,
        "The units that the cart held were lost, damaged or counted away, and no others could take their place.",
        NEW_OR_SOLD,
    ),
    Entry(
        "not-held",
        "Only a held cart can be confirmed",
        409,
        "The order is no cart any more, or was never one.",
        "Read the order; `state` says what it is.",
    ),
    Entry(
        "not-confirmed",
        "The cart was not confirmed",
        409,
        "What is held for a cart cannot ship before the cart has become an order.",
        "Confirm it first.",
    ),
    Entry(
        "nothing-open",
        "Nothing of the order is open",
        409,
        "All of it was shipped, released or cancelled before.",
        "Read the order; `state` says what it is.",
    ),
    Entry(
        "too-many",
        "More units than are open",
        409,
        "A line asks to release or ship more units than are open on it.",
        "Read the order, then send at most what is open.",
    ),
    Entry(
        "location-needed",
        "The location is needed",
        422,
        "The line has lost its promise, so the hub cannot tell where its units left from.",
        "Send `location`.",
    ),
    Entry(
        "beyond-limit",
        "This is beyond your limit",
        403,
        "A count's difference is worth more than the roles of whoever sends this may approve. Nothing is booked.",
        "Have somebody approve it whose role covers it; `detail` names the roles that do.",
    ),
    Entry(
        "own-count",
        "Somebody else has to approve this",
        403,
        "Whoever sends this has counted the item themselves. Nothing is booked.",
        "Have somebody approve it who did not count, or set a role of theirs with `own_counts`.",
    ),
    Entry(
        "own-receipt",
        "Somebody else has to approve this",
        403,
        "Whoever sends this has received the units themselves. Nothing is booked.",
        "Have somebody else approve them, or put a receiving rule with `own_approval`.",
    ),
)

TABLE = {entry.type: entry for entry in _ENTRIES}
