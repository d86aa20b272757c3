"""Product and stock files over HTTP, and the content they carry."""

import csv
import io
from datetime import datetime

import httpx2
import pytest

from tests.entrypoints.api.conftest import Live, problem

CSV = {"content-type": "text/csv"}
FILE = "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price,Variant Inventory Qty\ntee,Tee,Size,S,A,9,5\n"


def rows(response: httpx2.Response) -> list[dict[str, str]]:
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(response.text, newline="")))


def test_a_product_file_is_previewed_taken_in_and_given_out(live: Live) -> None:
    path = "/v1/product-files/shopify?channel=web&currency=EUR"
    preview = live.http.post(f"{path}&dry_run=true", content=FILE, headers=CSV).json()
    assert (preview["created"], preview["items_created"], preview["ignored"]) == (2, 0, ["Variant Inventory Qty"])
    assert live.http.get("/v1/listings?channel=web").json()["rows"] == []
    done = live.http.post(path, content=FILE, headers=CSV).json()
    assert (done["created"], done["refused"]) == (2, 0)
    assert live.http.post(path, content=FILE, headers=CSV).json()["unchanged"] == 2
    assert live.atp("A") == 10
    response = live.http.get("/v1/product-files/shopify?channel=web&with_stock=true")
    (row,) = rows(response)
    assert (row["Variant SKU"], row["Variant Price"], row["Variant Inventory Qty"]) == ("A", "9", "10")
    assert response.headers["rows"] == "1"
    since = datetime.fromisoformat(response.headers["as-of"])
    assert (
        rows(live.http.get("/v1/product-files/shopify", params={"channel": "web", "changed_since": str(since)})) == []
    )


def test_stock_is_given_out_whole_or_what_changed(live: Live) -> None:
    live.http.post("/v1/product-files/shopify?channel=web", content=FILE, headers=CSV)
    response = live.http.get("/v1/stock-files/magento?channel=web&place=eu")
    assert rows(response) == [{"source_code": "eu", "sku": "A", "status": "1", "quantity": "10"}]
    cursor = response.headers["cursor"]
    assert rows(live.http.get(f"/v1/stock-files/magento?channel=web&changed_since={cursor}")) == []
    live.order("1", ("A", 4))
    (row,) = rows(live.http.get(f"/v1/stock-files/magento?channel=web&changed_since={cursor}"))
    assert row["quantity"] == "6"


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/v1/stock-files/shopify?channel=web", "place"),
        ("/v1/stock-files/magento?channel=web&changed_since=soon", "changed_since"),
        ("/v1/stock-files/magento?channel=web&changed_since=999999", "changed_since"),
        ("/v1/product-files/shopify?channel=web&changed_since=soon", "changed_since"),
        ("/v1/product-files/opencart?channel=web", "format"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_field(shared: Live, path: str, field: str) -> None:
    assert problem(shared.http.get(path), 422, "invalid")["field"] == field


def test_a_file_of_another_kind_or_channel_is_refused(shared: Live) -> None:
    problem(shared.http.post("/v1/product-files/plain?channel=web", json={}), 415, "unsupported-media-type")
    problem(shared.http.post("/v1/product-files/plain?channel=no", content="sku\n", headers=CSV), 404, "not-found")
    problem(shared.http.get("/v1/product-files/plain?channel=no"), 404, "not-found")


def test_content_and_rules_are_put_read_and_checked(live: Live) -> None:
    line: dict[str, object] = {
        "code": "A",
        "channel": "web",
        "title": "Lamp",
        "options": [["Size", "XL"]],
        "price": "9.50",
    }
    line |= {"images": [{"url": "http://a.example/a.jpg"}], "cells": {"shopify": {"Tags": "new"}}}
    assert live.http.post("/v1/content", json={"lines": [line]}).json()["lines"][0]["outcome"] == "created"
    (row,) = live.http.get("/v1/content?channel=web").json()["rows"]
    assert (row["title"], row["options"], float(row["price"])) == ("Lamp", [["Size", "XL"]], 9.5)
    bad = {"code": "A", "colour": "red"}
    assert problem(live.http.post("/v1/content", json={"lines": [bad]}), 422, "invalid")["field"] == "lines[0].colour"
    listing = {"channel": "web", "sku": "A", "components": [{"item": "A"}]}
    live.http.post("/v1/listings", json={"lines": [listing]})
    rule = {"channel": "web", "field": "Size", "allowed": ["S", "M"]}
    assert live.http.post("/v1/content-rules", json={"lines": [rule]}).status_code == 200
    assert live.http.get("/v1/content-rules?channel=web").json()[0]["allowed"] == ["S", "M"]
    report = live.http.get("/v1/content/check?channel=web").json()
    assert {(f["sku"], f["field"]) for f in report["findings"]} == {("A", "Size"), ("A", "images")}
    assert live.http.delete("/v1/content-rules?channel=web&field=Size").json()["outcome"] == "ended"
    assert live.http.get("/v1/content/check?channel=web").json()["found"] == 1


def test_a_suppliers_mapping_is_loaded_and_used(live: Live) -> None:
    live.http.post("/v1/loads/column_mappings", content="name,field,header\nacme,sku,Artikel\n", headers=CSV)
    assert live.http.get("/v1/column-mappings/acme").json() == {"sku": "Artikel"}
    path = "/v1/product-files/plain?channel=web&mapping="
    assert live.http.post(f"{path}acme", content="Artikel\nN-1\n", headers=CSV).json()["items_created"] == 1
    problem(live.http.post(f"{path}other", content="Artikel\nN-1\n", headers=CSV), 404, "not-found")
