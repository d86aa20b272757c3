"""The settings our server runs with: nothing that weakens durability, the rest for a small machine that we share."""

import os

DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}

COMMON = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    # Checkpoints far apart: each makes the next change of every page write the whole page again.
    "checkpoint_timeout": "15min",
    "max_wal_size": "4GB",
    # Segments of the log are used again after a checkpoint instead of being made anew while callers wait.
    "min_wal_size": "2GB",
    # The only method our server's wheel has (pglz) takes longer than writing the page as it is.
    "wal_compression": "off",
    "wal_buffers": "16MB",
    "random_page_cost": "1.1",
    # Statements are short and many; compiling one costs more than running it.
    "jit": "off",
    # The same few rows change all day: vacuum early and often instead of seldom and long.
    "autovacuum_naptime": "15s",
    "autovacuum_vacuum_scale_factor": "0.05",
    "autovacuum_analyze_scale_factor": "0.02",
    "autovacuum_vacuum_cost_limit": "1000",
    "track_io_timing": "on",
    "log_min_duration_statement": "2s",
    "log_lock_waits": "on",
    "log_timezone": "UTC",
    "timezone": "UTC",
    # One file for each day of the week, each overwritten a week later: bounded without a cron job.
    "logging_collector": "on",
    "log_filename": "postgresql-%a.log",
    "log_rotation_age": "1d",
    "log_truncate_on_rotation": "on",
    "cluster_name": "truestock",
}


def shared_buffers_mb() -> int:
    """An eighth of the machine's memory, between 128 MB and 1 GB."""
    memory_mb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    return max(128, min(1024, memory_mb // 8))


def settings(socket_dir: str) -> dict[str, str]:
    """All settings of a server that listens in a folder."""
    return {**COMMON, **DURABLE, "shared_buffers": f"{shared_buffers_mb()}MB", "unix_socket_directories": socket_dir}
