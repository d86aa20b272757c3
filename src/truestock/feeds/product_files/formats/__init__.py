"""The forms of product files, one module each: what a row says, and how a row is written."""

from truestock.feeds.product_files.formats.magento import Magento
from truestock.feeds.product_files.formats.plain import Plain
from truestock.feeds.product_files.formats.shopify import Shopify
from truestock.feeds.product_files.formats.woocommerce import WooCommerce
from truestock.feeds.product_files.shapes import Format

FORMATS: dict[str, Format] = {form.name: form for form in (Shopify(), WooCommerce(), Magento(), Plain())}

__all__ = ["FORMATS"]
