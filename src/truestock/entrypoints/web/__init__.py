"""The pages that people look at: rendered here, moved by one event stream, without anything from elsewhere."""

from truestock.entrypoints.web.pages import Pages
from truestock.entrypoints.web.values import Beside, Curve, Sale, Standing

__all__ = ["Beside", "Curve", "Pages", "Sale", "Standing"]
