"""The one reader of the environment: every setting, its default and what it means.

Values are plain; rooms below receive them as arguments and never look here.
"""

import os
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, PositiveFloat, PositiveInt, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


def default_data_dir() -> Path:
    """Where data lies unless told otherwise: the system's place for root, the user's own otherwise."""
    if os.geteuid() == 0:
        return Path("/var/lib/truestock")
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share") / "truestock"


class Settings(BaseSettings):
    """All settings; each is read from TRUESTOCK_ and its name in capitals."""

    model_config = SettingsConfigDict(env_prefix="TRUESTOCK_", frozen=True, extra="ignore")

    database_url: SecretStr | None = Field(
        None,
        description="A PostgreSQL 15 to 18 to use, as a libpq URL. Unset: the embedded server in the data directory.",
    )
    data_dir: Path = Field(
        default_factory=default_data_dir,
        description="Where the embedded server keeps its data. Default: /var/lib/truestock for root, "
        "otherwise truestock in the user's data directory (XDG_DATA_HOME or ~/.local/share).",
    )
    host: str = Field(
        "127.0.0.1", description="The address to listen on; other than loopback only once API keys exist."
    )
    port: int = Field(8765, ge=0, le=65535, description="The port to listen on; 0 takes a free one.")

    public_url: str = Field(
        "",
        pattern=r"^(https?://[^/?#\s]+)?$",
        description="Where the outside reaches this server, such as https://stock.example.com: channels are told to "
        "send their messages there. Empty: they are only asked.",
    )

    secret_key: SecretStr | None = Field(
        None,
        description="The key that channels' secrets are sealed with, 32 bytes in base64. "
        "Unset: kept in secret.key in the data directory, made on the first use.",
    )
    secret_key_old: SecretStr | None = Field(
        None,
        description="The key before it, while keys are changed: what it has sealed is still opened, until "
        "`truestock secrets rotate` has sealed everything anew.",
    )

    webhooks_to_lan: bool = Field(
        False,
        description="Whether webhooks may go to addresses of private networks and of this machine, also by http. The "
        "addresses where clouds hand out credentials stay closed.",
    )

    sources_on_lan: bool = Field(
        False,
        description="Whether suppliers' files may be fetched from URLs in private networks and on this machine, also "
        "by http. The addresses where clouds hand out credentials stay closed.",
    )

    smtp_url: SecretStr | None = Field(
        None,
        description="The mail server that messages to shoppers are handed to, as smtp://user:password@host:587 "
        "(encrypted by STARTTLS) or smtps://host:465. Unset: no mail is sent.",
    )
    mail_from: str = Field("", description="From whom messages to shoppers are, as Lamp Shop <orders@lamps.example>.")

    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="The least severe line logged.")
    log_format: Literal["auto", "console", "json"] = Field(
        "auto", description="How log lines look; auto is console on a terminal and JSON otherwise."
    )

    pool_max: PositiveInt = Field(8, description="The most pooled database connections of one process, lanes aside.")
    lock_timeout_ms: PositiveInt = Field(
        250, description="How long a statement waits for a lock before it answers busy."
    )
    statement_timeout_ms: PositiveInt = Field(30_000, description="How long any one statement may run.")
    lane_max_lines: PositiveInt = Field(512, description="The most lines gathered into one transaction.")
    lane_queue_bound: PositiveInt = Field(
        20_000, description="The most lines waiting to be committed; beyond it callers are told to come again."
    )
    request_deadline_s: PositiveFloat = Field(
        5.0, description="How long a request waits for its answer before it gives up."
    )
    bulk_max_lines: PositiveInt = Field(10_000, description="The most lines in one bulk call.")
    body_max_bytes: PositiveInt = Field(16 * 2**20, description="The largest request body taken.")
    page_max: PositiveInt = Field(1_000, description="The most rows on one page of a list.")
    one_core: bool = Field(
        True,
        description="Whether a server keeps the threads that sell on one processor at a time, which makes it a fifth "
        "faster (Linux); it moves them when others crowd that processor.",
    )
    shutdown_grace_s: PositiveInt = Field(3, description="How long open requests and streams may finish after a stop.")
    keep_raw_days: PositiveInt = Field(
        30, description="For how many days messages that channels have sent are kept as they came."
    )
    keep_personal_days: PositiveInt = Field(
        730, description="For how many days after an order who bought and where it went is kept."
    )
    keep_requests_days: int = Field(
        30,
        ge=30,
        description="For how many days a request that is sent again is answered as the first time; orders' are kept.",
    )
    keep_messages_days: PositiveInt = Field(
        90, description="For how many days it is kept which messages about an order went to its shopper."
    )
    keep_jobs_days: PositiveInt = Field(30, description="For how many days jobs that have ended are shown.")
    keep_guards_days: PositiveInt = Field(
        90, description="For how many days as-of answers know the in-flight guards that were computed."
    )
    keep_alerts_days: PositiveInt = Field(
        180, description="For how many days resolved alerts are shown, and it is kept which movements raised some."
    )
    keep_discrepancies_days: PositiveInt = Field(
        400, description="For how many days settled discrepancies and accuracy are shown; accepted ones stay."
    )
    keep_feeds_days: int = Field(
        400,
        ge=90,
        description="For how many days runs of feeds can be undone, and their files and interchanges are known again.",
    )
    partitions_ahead: PositiveInt = Field(3, description="For how many months ahead the ledger's partitions are made.")


@cache
def settings() -> Settings:
    """The settings of this process, read from the environment once."""
    return Settings()
