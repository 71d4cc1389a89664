"""Whom the bot's token may be given to."""

import pytest

from bot.teams.service_urls import ServiceUrls

MICROSOFT = "https://login.botframework.com/v1/.well-known/openidconfiguration"
LAPTOP = "http://127.0.0.1:9000/v1/.well-known/openidconfiguration"


@pytest.mark.parametrize(
    "url",
    [
        "https://smba.trafficmanager.net/emea/5a1e9f0b/",
        "https://SMBA.trafficmanager.net/teams/",
        "https://smba.infra.gcc.teams.microsoft.com/teams",
        "https://smba.infra.gov.teams.microsoft.us/teams",
        "https://webchat.botframework.com/",
        "https://europe.webchat.botframework.com:443/",
    ],
)
def test_microsofts_connectors_are_allowed(url: str) -> None:
    assert ServiceUrls(MICROSOFT).allow(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://smba.trafficmanager.net/teams/",
        "https://evil.trafficmanager.net/",
        "https://smba.trafficmanager.net.evil.example/",
        "https://evilbotframework.com/",
        "https://smba.trafficmanager.net@evil.example/",
        "https://user:pass@smba.trafficmanager.net/",
        "https://smba.trafficmanager.net:x/",
        "https://smba.trafficmanager.net/?next=https://evil.example",
        "https://teams.microsoft.com.evil.example/",
        "https://localhost/",
        "http://127.0.0.1:9000/",
        "https://[::1]/",
        "https://[/",
        "ftp://smba.trafficmanager.net/",
        "//smba.trafficmanager.net/",
        "smba.trafficmanager.net",
        "",
    ],
)
def test_everybody_else_is_refused(url: str) -> None:
    assert not ServiceUrls(MICROSOFT).allow(url)


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:9100/teams/", "http://localhost:1/", "https://localhost/", "http://[::1]/"],
)
def test_loopback_is_allowed_beside_a_loopback_key_server(url: str) -> None:
    assert ServiceUrls(LAPTOP).allow(url)


def test_a_loopback_key_server_opens_nothing_else() -> None:
    urls = ServiceUrls(LAPTOP)
    assert not urls.allow("http://10.0.0.1/")
    assert not urls.allow("https://connector.example/")
    assert urls.allow("https://smba.trafficmanager.net/teams/")


def test_whoever_signs_may_also_serve() -> None:
    urls = ServiceUrls("https://stand-in.example/openid")
    assert urls.allow("https://stand-in.example:8443/teams/")
    assert not urls.allow("http://stand-in.example/teams/")
    assert not urls.allow("https://other.example/teams/")
