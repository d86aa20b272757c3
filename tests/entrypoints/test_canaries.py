"""No secret is found anywhere: not in logs at their most talkative, in the database, in answers, nor in faults.

Secrets are planted wherever the hub takes or makes one, and everything it says or keeps is searched for them."""

import os
import re
import subprocess
import traceback
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest
from typer.testing import CliRunner, Result

from tests.clocks import until
from tests.entrypoints.canaries import Canaries, parrot
from tests.served import PROGRAM
from truestock.entrypoints.cli import app
from truestock.store.database import Database
from truestock.store.embedded import Binaries

CHANNELS = ("web", "market")
# What fills the braces of paths: one of each thing that the company has.
KNOWN = {"channel": "web", "code": "web", "sku": "LAMP", "gtin": "4006381333931", "ref": "1001", "schedule": "1"}


@dataclass
class Company:
    """A hub by its command line, with secrets in every place that takes one."""

    url: str
    folder: Path
    outside: str
    canaries: Canaries
    said: list[str] = field(default_factory=list)
    env: dict[str, str] = field(default_factory=dict)

    def run(self, *words: str, env: dict[str, str] | None = None, secret: bool = False) -> Result:
        """Type a line; all it says is kept for the search, unless it is the one time that a secret is shown."""
        done = CliRunner().invoke(app, words, env={**self.env, **(env or {})})
        fault = "" if done.exception is None else "".join(traceback.format_exception(done.exception))
        self.said.append(f"$ {words}\n{'' if secret else done.stdout}{done.stderr}{fault}")
        return done

    def well(self, *words: str, secret: bool = False) -> Any:
        """Type a line that goes well: its JSON."""
        done = self.run("--json", *words, secret=secret)
        assert done.exit_code == 0, (words, done.stderr)
        return msgspec.json.decode(done.stdout)


@pytest.fixture(scope="module")
def company(clone: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """A company whose channels and webhook lead to a system that repeats what it is told."""
    canaries = Canaries()
    password = canaries.plant("database password")
    key = os.urandom(32)
    canaries.plant("secret key", b64encode(key).decode())
    old = os.urandom(32)
    canaries.plant("secret key before", b64encode(old).decode())
    url = clone("template_truestock").replace("@", f":{password}@", 1)
    assert password in url
    env = {
        **{name: value for name, value in os.environ.items() if not name.startswith("TRUESTOCK_")},
        "TRUESTOCK_DATABASE_URL": url,
        "TRUESTOCK_SECRET_KEY": b64encode(key).decode(),
        "TRUESTOCK_SECRET_KEY_OLD": b64encode(old).decode(),
        "TRUESTOCK_WEBHOOKS_TO_LAN": "true",
        "TRUESTOCK_LOG_LEVEL": "debug",
        "SIGNING": canaries.plant("signing secret", "whsec_" + b64encode(os.urandom(24)).decode()),
        "BEARER": canaries.plant("bearer token"),
        "KEY": canaries.plant("consumer key", "ck_" + os.urandom(20).hex()),
        "SECRET": canaries.plant("consumer secret", "cs_" + os.urandom(20).hex()),
    }
    with parrot() as outside:
        made = Company(url, tmp_path_factory.mktemp("canaries"), outside, canaries, env=env)
        found_company(made)
        yield made


def found_company(company: Company) -> None:
    """Items, channels and connections; every secret goes in by the way that an operator takes."""
    outside = company.outside
    company.well("items", "put", "LAMP")
    company.well("locations", "put", "dc", "--kind", "dc")
    for channel in CHANNELS:
        company.well("channels", "put", channel, "--location", "dc", "--mode", "live")
        company.well("listings", "put", channel, "LAMP", "--take", "LAMP")
    company.well("book", "receive", "LAMP", "dc", "5")
    generic = ["--set", f"base_url={outside}", "--set", "decrements=at_once", "--set", "calls_per_s=100"]
    generic += ["--secret", "signing_secret=env:SIGNING", "--secret", "bearer_token=env:BEARER"]
    company.well("channel", "add", "web", "--connector", "generic", *generic)
    woo = ["--set", f"site_url={outside}", "--secret", "consumer_key=env:KEY", "--secret", "consumer_secret=env:SECRET"]
    company.well("channel", "add", "market", "--connector", "woocommerce", *woo)
    token = company.well("keys", "create", "canary", "--scope", "admin", "--scope", "read", secret=True)["token"]
    company.canaries.plant("API key", token)
    hook = company.well("webhook", "add", f"{outside}/hook", "--kind", "availability.changed", secret=True)
    company.canaries.plant("webhook secret", hook["secret"])
    KNOWN.update(webhook=str(hook["webhook"]["id"]), key=token)


def serve(company: Company, log_format: str) -> tuple["subprocess.Popen[str]", str, Path]:
    """A hub that logs everything into a file; its process and address."""
    log = company.folder / f"{log_format}.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            [*PROGRAM, "serve", "--port", "0"],
            env={**company.env, "TRUESTOCK_LOG_FORMAT": log_format},
            stderr=out,
            stdout=out,
            text=True,
        )
    found = until(lambda: re.search(r"(http://[\d.:]+).*\n", log.read_text()))
    assert found
    return process, found[1], log


def wait_for_trouble(http: httpx2.Client) -> None:
    """Until both channels have said why they would not have it."""
    until(
        lambda: http.get("/v1/connections").json()["rows"],
        lambda rows: all(row["connection"]["trouble"] or row["troubles"] for row in rows),
    )


def everything_read(http: httpx2.Client) -> list[str]:
    """The answer of every path that is read, and those of calls that fail outside."""
    said = []
    for path, verbs in http.get("/openapi.json").json()["paths"].items():
        if "get" in verbs and not path.startswith("/v1/changes"):
            filled = re.sub(r"\{(\w+)[^}]*\}", lambda name: KNOWN.get(name[1], "1"), path)
            answer = http.get(filled, params={"channel": "web", "sku": "LAMP"} if "atp" in path else {})
            said.append(f"{filled} {answer.status_code} {answer.headers} {answer.text}")
    for channel in CHANNELS:
        for _ in range(8):
            answer = http.post(f"/v1/connections/{channel}/test", json={})
            said.append(f"{answer.status_code} {answer.headers} {answer.text}")
    answer = http.post(f"/v1/webhooks/{KNOWN['webhook']}/test", json={})
    return [*said, answer.text]


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_no_secret_is_in_a_log_or_an_answer_of_a_hub_that_serves(company: Company, log_format: str) -> None:
    process, address, log = serve(company, log_format)
    try:
        with httpx2.Client(base_url=address, timeout=20, headers={"authorization": f"Bearer {KNOWN['key']}"}) as http:
            wait_for_trouble(http)
            said = everything_read(http)
            wrong = {"connector": "generic", "secrets": {"x": company.env["BEARER"]}}
            said.append(http.put("/v1/connections/web", json=wrong).text)
            assert http.get("/v1/items", headers={"authorization": f"Bearer {KNOWN['key']}x"}).status_code == 401
    finally:
        process.terminate()
        process.wait(20)
    lines = log.read_text()
    assert len(lines.splitlines()) > 50
    assert company.canaries.found_in(lines) == []
    text = "\n".join(said)
    assert "not with" in text
    assert [one.split(" ")[0] for one in said if company.canaries.found_in(one)] == []


def test_no_secret_is_in_a_dump_of_the_database(company: Company) -> None:
    with Database(company.url) as db, db.connect() as conn:
        program = Binaries.of_clients(conn.info.server_version // 10_000).program("pg_dump")
    dump = subprocess.run([program, company.url], capture_output=True, text=True, check=True).stdout
    assert "COPY public.connection" in dump
    assert company.canaries.found_in(dump) == []


def test_no_secret_is_in_what_commands_say(company: Company) -> None:
    for words in (
        ["channel", "status"],
        ["channel", "status", "web"],
        ["channel", "add"],
        *(["channel", "test", channel] for channel in CHANNELS * 8),
        ["channel", "drift", "web"],
        ["keys", "list"],
        ["webhook", "list"],
        ["webhook", "deliveries", KNOWN["webhook"]],
        ["webhook", "test", KNOWN["webhook"]],
        ["secrets", "rotate"],
        ["schedule", "list"],
        ["jobs"],
        ["doctor"],
        ["init"],
        ["db", "check"],
        ["db", "backup", str(company.folder / "backup")],
        ["check"],
    ):
        company.run(*words)
        company.run("--json", *words)
    assert [one for one in company.said if company.canaries.found_in(one)] == []
    assert any("not with" in one for one in company.said)


def test_no_secret_is_in_what_is_said_of_wrong_settings(company: Company) -> None:
    url, key = company.url, company.env["TRUESTOCK_SECRET_KEY"]
    nowhere = re.sub(r"host=[^&]+", "host=127.0.0.1&port=9", url)
    company.said.clear()
    spoilt: list[dict[str, str]] = [
        {"TRUESTOCK_DATABASE_URL": nowhere},
        {"TRUESTOCK_DATABASE_URL": url.replace("://", "//")},
        {"TRUESTOCK_DATABASE_URL": url.replace("postgresql://", "")},
        {"TRUESTOCK_DATABASE_URL": url + "&no_such_option=1"},
        {"TRUESTOCK_DATABASE_URL": url.replace("/test_", "/no_such_test_")},
        {"TRUESTOCK_SECRET_KEY": key[:-4]},
        {"TRUESTOCK_SECRET_KEY": key + "!"},
        {"TRUESTOCK_SECRET_KEY": key.replace("=", ""), "TRUESTOCK_SECRET_KEY_OLD": key.lower() + "="},
        {"TRUESTOCK_PORT": "no port", "TRUESTOCK_LOG_LEVEL": "loud"},
    ]
    for env in spoilt:
        for words in (["items", "list"], ["channel", "test", "web"], ["doctor"], ["secrets", "rotate"], ["init"]):
            company.run(*words, env=env)
    company.run("channel", "add", "web", "--connector", "generic", "--secret", f"bearer_token={company.env['BEARER']}")
    assert len(company.said) > len(spoilt) * 5
    assert [one for one in company.said if company.canaries.found_in(one.partition("\n")[2])] == []


def test_the_search_finds_a_secret_in_any_form() -> None:
    canaries = Canaries()
    token = canaries.plant("token")
    signing = canaries.plant("signing", "whsec_" + b64encode(b"0123456789abcdefghijklmn").decode())
    for form in (token, token.encode().hex(), b64encode(token.encode()).decode(), token[:24]):
        assert canaries.found_in(f"... {form} ...") == ["token"]
    for form in (signing, b"0123456789abcdefghijklmn".hex(), "0123456789abcdefghijklmn"):
        assert canaries.found_in(f"... {form} ...") == ["signing"]
    assert canaries.found_in("nothing") == []
