"""How an SFTP server is entered: where it is, by which keys it is known, and with what we are let in."""

from collections.abc import Mapping
from typing import NamedTuple

import asyncssh

# Longer ones are no host names.
HOST_MAX = 253


class Door(NamedTuple):
    """`host_keys`: one of these the server must have; there is no trust on first use. `connect_s`: for each of
    connecting and being let in."""

    host: str
    port: int
    user: str
    host_keys: tuple[asyncssh.SSHKey, ...]
    password: str | None
    key: asyncssh.SSHKey | None
    connect_s: float

    async def enter(self) -> asyncssh.SSHClientConnection:
        """A connection of its own. Nothing of this machine's own SSH (configuration, agent, keys, known hosts) counts.

        Raises OSError, TimeoutError and asyncssh.Error."""
        return await asyncssh.connect(
            self.host,
            self.port,
            username=self.user,
            known_hosts=(list(self.host_keys), [], []),
            password=self.password,
            client_keys=[self.key] if self.key else None,
            config=None,
            agent_path=None,
            gss_kex=False,
            gss_auth=False,
            x509_trusted_certs=None,
            connect_timeout=self.connect_s,
            login_timeout=self.connect_s,
            keepalive_interval=15,
            keepalive_count_max=2,
        )


def door(host: str, port: int, user: str, host_key: str, secrets: Mapping[str, str], connect_s: float) -> Door:
    """From settings and secrets. Raises ValueError, which names what is at fault and shows no secret."""
    if not user:
        raise ValueError("user: give the account on the SFTP server")
    if not host_key.strip():
        raise ValueError(
            "host_key: give the server's public key, such as ssh-ed25519 AAAA..., as its operator says it is "
            "(compare with ssh-keyscan); without it nobody knows who answers"
        )
    try:
        keys = tuple(asyncssh.import_public_key(text.strip()) for text in host_key.split(";") if text.strip())
    except asyncssh.KeyImportError:
        raise ValueError("host_key: write it as ssh-ed25519 AAAA..., several divided by semicolons") from None
    password, written = secrets.get("password") or None, secrets.get("private_key")
    if not password and not written:
        raise ValueError("password: give a password or a private_key; the server has to know who comes")
    return Door(host, port, user, keys, password, _private(written) if written else None, connect_s)


def _private(text: str) -> asyncssh.SSHKey:
    try:
        return asyncssh.import_private_key(text.strip() + "\n")
    except asyncssh.KeyImportError:
        raise ValueError(
            "private_key: give it whole, as ssh-keygen wrote it, and without a passphrase (ssh-keygen -p takes it "
            "off a copy): it is sealed here"
        ) from None
