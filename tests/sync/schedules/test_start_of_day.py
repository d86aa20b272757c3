"""The last stage of the start of a day: whom it sends everything anew, and whom not."""

import pytest

from tests.connectors.counterparts.generic import SECRET
from tests.sync.stage import Stage
from truestock.catalog.channels import ChannelDraft, put_channels
from truestock.core.problems import NotFound
from truestock.store.jobs.kinds import Work
from truestock.store.jobs.stages import Progress
from truestock.sync.manage import connect
from truestock.sync.schedules.kinds import reset_live

SETTINGS = {"base_url": "http://127.0.0.1:9/hub", "decrements": "never"}


@pytest.fixture(autouse=True)
def connected(stage: Stage) -> None:
    """A web shop and a marketplace with a listing each, both in step, and retail that is watched alone."""
    hub = stage.shop.hub
    for channel in ("web", "market", "retail"):
        connect(hub.db, hub.seal(), channel, "generic", SETTINGS, {"signing_secret": SECRET})
        stage.shop.listing(channel, {stage.shop.item(dc=5): 1})
    put_channels(hub.db, [ChannelDraft("retail", mode="shadow")])
    stage.publish()
    with hub.db.transaction() as conn:
        conn.execute("UPDATE outbound SET acked_rev = rev, sent_rev = rev, shown = desired")


def pushed(stage: Stage, channel: str | None, *passed: str) -> str:
    return reset_live(stage.shop.hub.db)(Progress(stage.shop.hub.db, Work(1, channel, bool), 1, "push", set(passed)))


def anew(stage: Stage) -> list[str]:
    """The channels that are to be sent something."""
    query = "SELECT c.code FROM outbound o JOIN channel c ON c.id = o.channel WHERE o.acked_rev < o.rev ORDER BY c.code"
    return [code for (code,) in stage.shop.read(query)]


def told(stage: Stage) -> dict[str, tuple[str, str]]:
    rows = stage.shop.read("SELECT channel, state, said FROM job_stage WHERE channel <> ''")
    return {channel: (state, said) for channel, state, said in rows}


def test_live_channels_are_sent_everything_and_others_nothing(stage: Stage) -> None:
    assert pushed(stage, None) == "listings that are sent anew: 2"
    assert anew(stage) == ["market", "web"]
    assert told(stage) == {
        "market": ("done", "listings that are sent anew: 1"),
        "retail": ("passed", "its mode is shadow, so nothing is written there"),
        "web": ("done", "listings that are sent anew: 1"),
    }


def test_a_channel_whose_sales_are_not_known_keeps_what_it_shows(stage: Stage) -> None:
    assert pushed(stage, None, "web") == "listings that are sent anew: 1"
    assert anew(stage) == ["market"]
    assert told(stage)["web"] == ("passed", "what it sold is not all here, so nothing is sent anew")


def test_one_channel_alone(stage: Stage) -> None:
    assert pushed(stage, "web") == "listings that are sent anew: 1"
    assert anew(stage) == ["web"]
    with pytest.raises(NotFound):
        pushed(stage, "b2b")
