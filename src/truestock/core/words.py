"""The fixed vocabularies that the ledger stores as small numbers."""

from enum import IntEnum


class Status(IntEnum):
    """Of units at a location; only sellable units count for ATP."""

    SELLABLE = 0
    RECEIVING = 1
    INSPECTION = 2
    QUARANTINE = 3
    DAMAGED = 4
    REWORK = 5
    IN_TRANSIT = 6


WAITING_STATUSES = (Status.RECEIVING, Status.INSPECTION)  # units of these wait for somebody


class Place(IntEnum):
    """Places outside the house: entries without a stock row, so that every unit comes from somewhere."""

    INBOUND = -1
    CUSTOMER = -2
    ADJUSTMENT = -3
    SCRAP = -4


class Kind(IntEnum):
    """What an entry records. The first block moves units, the second ownership, the third promises."""

    OPENING = 1
    RECEIVE = 2
    PUT_AWAY = 3
    ADJUST = 4
    COUNT = 5
    TRANSFER_OUT = 6
    TRANSFER_IN = 7
    STATUS = 8
    RETURN = 9
    SHIP = 10
    FILL = 11  # units that came in fill the pool's negative row
    LATE = 12  # the opposite of a fact that was effective before the mark
    SALE = 13  # units that left over a counter, without an order here
    SEND_BACK = 14  # units that went back to where they had been bought
    SCRAP = 15
    BIN = 16  # units laid elsewhere in their location

    ALLOCATE = 20
    UNALLOCATE = 21
    REALLOCATE = 22
    SWAP = 23  # ownership exchanged so that the oldest allowed lot leaves first

    RESERVE = 30
    RELEASE = 31
    EXPIRE = 32
    DISPLACE = 33
    BACKFILL = 34
    SHORT = 35
    MOVE = 36  # a promise given up because its units left from another row
    CONFIRM = 37  # a hold became an order


POOL = 0
NO_LOT = 0
ANY_LOT = -1  # a statement that names no lot of a lot-tracked item
NO_CHANNEL = 0
