"""The ways in which messages to people are sent, by the settings."""

from truestock.config import Settings
from truestock.sync.messages.rules import Outside
from truestock.sync.messages.sending.mail import Mailer
from truestock.sync.messages.sending.posted import Poster
from truestock.sync.messages.sending.ways import AllWays
from truestock.sync.webhooks.sender import Sender


def outside_of(settings: Settings) -> Outside:
    """What the settings say of the ways in which messages to shoppers are sent."""
    url = settings.smtp_url.get_secret_value() if settings.smtp_url else ""
    return Outside(url, settings.mail_from, settings.webhooks_to_lan)


def ways_of(settings: Settings) -> AllWays:
    """The ways in which messages are sent; to be closed when done."""
    url, sender, to_lan = outside_of(settings)
    return AllWays(Mailer(url, sender), Poster(Sender(to_lan=to_lan)))
