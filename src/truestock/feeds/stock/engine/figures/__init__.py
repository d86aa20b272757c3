"""Files of figures: compared whole with what their feed said before, stood by from one instant on, booked by parts."""

from truestock.store.sql import load

queries = load(__package__)
