"""How the images of a page are brought in step with ours, whatever people do there meanwhile."""

from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from truestock.connectors.contract.pages import GivenImage, GivenImages, Picture, arranged, in_step

URLS = st.lists(st.sampled_from([f"https://img.example/{n}.jpg" for n in range(5)]), max_size=6)


def pictures(*names: str) -> tuple[Picture, ...]:
    return tuple(Picture(name) for name in names)


def ours(*pairs: tuple[str, str]) -> tuple[GivenImage, ...]:
    return tuple(GivenImage(url, "", id_) for url, id_ in pairs)


class Wall:
    """A page of a channel, and what the hub knows of its images."""

    def __init__(self) -> None:
        self.there: list[str] = []
        self.shows: dict[str, str] = {}
        self.known: GivenImages | None = None
        self._ids = count(1)

    def put(self, url: str, at: int = 0) -> str:
        """Somebody puts an image there; its ID."""
        id_ = str(next(self._ids))
        self.there.insert(at, id_)
        self.shows[id_] = url
        return id_

    def push(self, wanted: list[str]) -> None:
        """The hub's next push, by a connector that does as it is planned."""
        told = pictures(*wanted)
        if in_step(told, self.known, bare=not self.there):
            return
        plan = arranged(told, self.there, self.known)
        for place in plan.making:
            self.put(plan.ours[place].url, len(self.there))
        plan = plan.made(self.there)
        self.there = plan.order
        self.known = GivenImages("page", plan.ours, plan.others)


@given(st.lists(st.tuples(URLS, st.booleans(), st.integers(0, 9)), max_size=6))
def test_ours_are_shown_in_our_order_and_nobody_elses_is_touched(story: list[tuple[list[str], bool, int]]) -> None:
    wall = Wall()
    theirs: list[str] = []
    for wanted, puts, at in story:
        wall.push(wanted)
        given_there = [wall.shows[id_] for id_ in wall.there if id_ not in theirs]
        assert given_there == wanted or (not theirs and not wall.there)
        assert sorted(id_ for id_ in wall.there if id_ in theirs) == sorted(theirs)
        if puts and wall.there:
            theirs.append(wall.put("https://theirs.example/x.jpg", at))
        wall.push(wanted)
        assert [wall.shows[id_] for id_ in wall.there if id_ not in theirs] == wanted


def test_a_page_that_had_images_gets_those_that_our_list_gains_later() -> None:
    plan = arranged(pictures("a", "b"), ["7"], None)
    assert (plan.idle, plan.making, plan.dropped, plan.order) == (True, (), (), ["7"])
    known = GivenImages("page", plan.ours, plan.others)
    assert in_step(pictures("a", "b"), known, bare=False)
    later = arranged(pictures("b", "c"), ["7"], known)
    assert ([later.ours[n].url for n in later.making], later.dropped, later.others) == (["c"], (), ("7",))
    assert later.made(["7", "8"]).order == ["7", "8"]


def test_what_a_call_of_unknown_outcome_has_perhaps_given_is_not_given_twice_and_never_taken_away() -> None:
    known = GivenImages("page", ours(("a", "1")), ("7",), unsure=True)
    plan = arranged(pictures("a", "b"), ["1", "7", "2"], known)
    assert (plan.making, plan.order) == ((), ["1", "7", "2"])
    assert arranged(pictures("c"), ["1", "7", "2"], GivenImages("page", plan.ours, plan.others)).dropped == ("1",)
    without_effect = arranged(pictures("a", "b"), ["1", "7"], known)
    assert without_effect.making == (1,)


def test_where_others_came_meanwhile_nobody_can_tell_which_are_ours() -> None:
    plan = arranged(pictures("a", "b"), [], None).made(["1", "2", "3"])
    assert [image.id for image in plan.ours] == ["", ""]
    assert plan.order == []


def test_what_somebody_took_away_comes_again_with_the_next_change() -> None:
    known = GivenImages("page", ours(("a", "1"), ("b", "2")))
    assert in_step(pictures("a", "b"), known, bare=False)
    plan = arranged(pictures("a", "b", "c"), ["2"], known)
    assert plan.making == (0, 2)
    assert not in_step(pictures("a", "b"), known, bare=True)
    assert arranged(pictures("a", "b"), [], known).making == (0, 1)


def test_an_empty_list_takes_ours_away_and_one_left_open_nothing() -> None:
    known = GivenImages("page", ours(("a", "1")), ("7",))
    plan = arranged((), ["1", "7"], known)
    assert (plan.dropped, plan.order, plan.idle) == (("1",), ["7"], False)
    assert in_step(None, known, bare=False)
