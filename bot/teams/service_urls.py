"""Which connectors may be given our token.

An activity names the connector that takes the replies, and every reply carries the bot's token. The
request's own token vouches for that address; this list is the second lock, and the only one for a
reference that was saved a month ago.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from bot.setting_values import is_loopback

# Exact names: anybody may register another name under trafficmanager.net.
_HOSTS = frozenset({"smba.trafficmanager.net", "smba.onyx.prod.teams.trafficmanager.net"})
_DOMAINS = (
    "botframework.com",
    "botframework.azure.us",
    "botframework.azure.cn",
    "teams.microsoft.com",
    "teams.microsoft.us",
)


class ServiceUrls:
    """Microsoft's connectors, and what belongs to the server whose keys we believe."""

    def __init__(self, openid_url: str) -> None:
        """`openid_url` is the Bot Framework's key metadata: whoever signs is trusted to serve.

        Loopback connectors, also over plain http, are allowed only beside a loopback key server.
        """
        host = _host(openid_url)
        self._signer = host
        self._loopback = is_loopback(host)

    def allow(self, url: str) -> bool:
        """Whether a message, and with it our token, may go to `url`."""
        try:
            parts = urlsplit(url)
            host = (parts.hostname or "").rstrip(".")
            _ = parts.port  # raises ValueError for nonsense
        except ValueError:
            return False
        if parts.username is not None or parts.query or parts.fragment or not host:
            return False
        if is_loopback(host):
            return self._loopback and parts.scheme in ("http", "https")
        if parts.scheme != "https":
            return False
        return (
            host == self._signer
            or host in _HOSTS
            or any(host == domain or host.endswith("." + domain) for domain in _DOMAINS)
        )


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""
