"""Every parser of the project that reads what others wrote, by name."""

from tests.fuzz.targets.channels import CHANNELS
from tests.fuzz.targets.feeds import FEEDS
from tests.fuzz.targets.reports import REPORTS
from tests.fuzz.targets.shops import SHOPS
from tests.fuzz.targets.tables import TABLES
from tests.fuzz.targets.words import WORDS

TARGETS = {target.name: target for target in (*FEEDS, *TABLES, *CHANNELS, *WORDS, *REPORTS, *SHOPS)}
