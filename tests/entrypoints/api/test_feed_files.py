"""Feeds' files are looked at and previewed over HTTP, and sources' names are kept."""

import json
from datetime import UTC, datetime

from tests.entrypoints.api.conftest import Live, problem
from truestock.feeds.stock.files.edi.outgoing import StockLine, stock_report
from truestock.feeds.stock.files.edi.writing import Partners

FILE = {"content-type": "application/octet-stream"}
ERP = "Artikelnummer;Bestand\nMAT-1;1.234,00\nMAT-2;viele\n"


def test_a_mapping_is_suggested_and_tried(live: Live) -> None:
    good = ERP.replace("viele", "7,00")
    found = live.http.post("/v1/feed-files/suggest", content=good, headers=FILE).json()
    assert (found["format"]["delimiter"], [guess[0] for guess in found["guesses"]]) == (";", ["sku", "qty"])
    asked: dict[str, str | int] = {"mapping": json.dumps(found["mapping"]), "rows": 1}
    tried = live.http.post("/v1/feed-files/preview", content=ERP, headers=FILE, params=asked).json()
    assert tried == {"rows": [{"line": 2, "fields": {"sku": "MAT-1", "qty": "1234"}}], "faults": 0, "whole": False}
    asked["rows"] = 5
    tried = live.http.post("/v1/feed-files/preview", content=ERP, headers=FILE, params=asked).json()
    assert (tried["faults"], tried["rows"][1]["field"], tried["rows"][1]["raw"]["Bestand"]) == (1, "qty", "viele")


def test_what_cannot_be_meant_is_refused_by_name(live: Live) -> None:
    def refused(path: str, content: str = "sku\nA\n", **asked: str) -> dict[str, object]:
        return problem(live.http.post(path, content=content, headers=FILE, params=asked), 422, "invalid")

    assert refused("/v1/feed-files/preview", mapping='{"field": {}}')["field"] == "mapping"
    assert refused("/v1/feed-files/preview", mapping="[" * 5_000)["field"] == "mapping"
    assert refused("/v1/feed-files/preview", format='{"name": "pdf"}')["field"] == "format"
    assert refused("/v1/feed-files/suggest", content="colour\nred\n")["field"] == "mapping"
    assert live.http.post("/v1/feed-files/suggest", content="sku\n").status_code == 415


def test_names_of_a_source_are_put_listed_and_removed(live: Live) -> None:
    lines = {"lines": [{"source": "erp", "alias": "MAT-1", "item": "A"}, {"source": "erp", "alias": "M", "item": "?"}]}
    answers = live.http.post("/v1/item-aliases", json=lines)
    assert (answers.status_code, [line["outcome"] for line in answers.json()["lines"]]) == (207, ["created", "refused"])
    assert [row["alias"] for row in live.http.get("/v1/item-aliases?source=erp").json()["rows"]] == ["MAT-1"]
    assert live.http.delete("/v1/item-aliases?source=erp&alias=MAT-1").json()["outcome"] == "ended"
    assert live.http.delete("/v1/location-aliases?source=erp&alias=x").status_code == 404


def test_an_x12_file_is_answered_and_known_again(live: Live) -> None:
    raw = stock_report(Partners("ZZ:WMS", "ZZ:HUB"), 7, datetime.now(UTC), "R", [StockLine("A", 5)])
    first = live.http.post("/v1/feed-files/acknowledge?name=a.edi", content=raw, headers=FILE)
    assert (first.status_code, first.headers["seen"]) == (200, "new")
    assert "AK5*A" in first.text
    broken = raw.replace(b"SE*6", b"SE*9")
    again = live.http.post("/v1/feed-files/acknowledge", content=broken, headers=FILE)
    assert again.headers["seen"] == "reused"
    assert "AK5*R*4" in again.text
    problem(live.http.post("/v1/feed-files/acknowledge", content="sku\n", headers=FILE), 422, "invalid")


def test_partners_are_told_by_x12(live: Live) -> None:
    ends = {"sender": "ZZ:HUB", "receiver": "ZZ:WMS"}
    stock = live.http.post("/v1/edi/846", json={**ends, "location": "dc"})
    assert (stock.status_code, stock.headers["content-type"]) == (200, "application/edi-x12")
    assert f"ISA*00*          *00*          *ZZ*HUB{' ' * 12}*ZZ*WMS" in stock.text
    assert stock.text.rstrip().endswith(f"IEA*1*{int(stock.headers['control']):09}~")
    order = {**ends, "location": "dc", "channel": "web", "order": "none"}
    assert problem(live.http.post("/v1/edi/940", json=order), 404, "not-found")["field"] == "order"
    document = {**ends, "location": "dc", "document": "none"}
    assert problem(live.http.post("/v1/edi/943", json=document), 409, "conflict")["field"] == "document"
    assert problem(live.http.post("/v1/edi/846", json={**ends, "place": "dc"}), 422, "invalid")
