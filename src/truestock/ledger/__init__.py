"""The ledger: the only writer of quantities. Stock rows, entries, promises, holds, shorts, as-of, check and repair."""
