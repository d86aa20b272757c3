"""`truestock demo`: a made-up company sells all day through a hub, and beside it the old way."""

from truestock.entrypoints.demo.run import run_demo

__all__ = ["run_demo"]
