"""Suppliers' files: fetched from a folder, over SFTP or from a URL, and read as product files with their stock."""

from truestock.store.sql import load

queries = load(__package__)
