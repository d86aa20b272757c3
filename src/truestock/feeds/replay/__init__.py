"""Streams orders through a hub, in process or over HTTP, with the auditor and the old way beside it."""

from truestock.feeds.replay.driver import Pace, replay
from truestock.feeds.replay.side_by_side import Result, Run, old_ways, side_by_side
from truestock.feeds.replay.target import Happening, ReplayError, Target

__all__ = ["Happening", "Pace", "ReplayError", "Result", "Run", "Target", "old_ways", "replay", "side_by_side"]
