"""What customers see, and from when on it is stale."""

from truestock.core.replay.answer import Sample
from truestock.core.replay.events import Channel
from truestock.feeds.replay.shown import Look, Shown


class Clock:
    """Time that a test lets pass."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def at(self, now: float) -> None:
        self.now = now


CHANNELS = (Channel("web", "Web", ("DC", "STORE")), Channel("quick", "Quick", ("DARK",)))


def heard(clock: Clock) -> Shown:
    shown = Shown(CHANNELS, clock)
    shown.hear("web", "MUG", 8)
    return shown


def test_nobody_knows_what_a_channel_shows_before_the_stream_has_said_it() -> None:
    shown = Shown(CHANNELS, Clock())
    assert shown.sample(shown.look("web", "MUG"), 5) is None


def test_a_number_that_is_still_true_is_not_stale_however_old_it_is() -> None:
    clock = Clock()
    shown = heard(clock)
    clock.at(60)
    assert shown.sample(shown.look("web", "MUG"), 8) == Sample(8, 8, 0.0)


def test_a_number_is_stale_from_the_first_move_since_the_stream_spoke() -> None:
    clock = Clock()
    shown = heard(clock)
    for moved_at in (1, 2, 3):
        shown.move("MUG", ["DC", "STORE"], moved_at)
    clock.at(5)
    assert shown.sample(shown.look("web", "MUG"), 5) == Sample(8, 5, 4.0)
    shown.hear("web", "MUG", 5)
    assert shown.look("web", "MUG") == Look("web", "MUG", 5, 5, None)


def test_what_moved_elsewhere_or_before_the_stream_spoke_or_changed_nothing_is_no_reason() -> None:
    clock = Clock()
    shown = heard(clock)
    clock.at(2)
    shown.hear("web", "MUG", 8)
    shown.move("MUG", ["DC"], 1)
    shown.move("MUG", ["DARK"], 3)
    shown.move("JAR", ["DC"], 3)
    look = shown.look("web", "MUG")
    assert look is not None
    assert look.since is None
    shown.move("MUG", ["DC"], 4)
    assert shown.sample(shown.look("web", "MUG"), 8) == Sample(8, 8, 0.0)
    look = shown.look("web", "MUG")
    assert look is not None
    assert look.since is None


def test_what_moves_while_the_order_is_on_its_way_counts_from_the_look() -> None:
    clock = Clock()
    shown = heard(clock)
    clock.at(10)
    look = shown.look("web", "MUG")
    shown.move("MUG", ["DC"], 11)
    clock.at(12)
    assert shown.sample(look, 6) == Sample(8, 6, 2.0)


def test_what_was_read_at_the_beginning_gives_way_to_what_the_stream_has_said() -> None:
    shown = heard(Clock())
    shown.begin("web", "MUG", 3)
    shown.begin("web", "JAR", -2)
    assert [look and look.number for look in (shown.look("web", "MUG"), shown.look("web", "JAR"))] == [8, 0]
