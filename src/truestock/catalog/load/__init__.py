"""Bulk load of the catalog from CSV, with a report that says of every bad line what to do."""

from truestock.catalog.load.nouns import NOUNS
from truestock.catalog.load.report import LineProblem, Report
from truestock.catalog.load.run import load_csv, put_patiently

__all__ = ["NOUNS", "LineProblem", "Report", "load_csv", "put_patiently"]
