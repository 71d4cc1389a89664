"""Who is let in: this machine's browser, and of its pages only this one."""

import pytest
from kit.page_reader import ACTS
from kit.page_stage import Stage

SUPPORT = {"to": "support@contoso.example"}
READ = ["/", "/page/web/main.js", "/page/feed", "/page/contacts/leg-1", "/page/sounds/beep.wav"]


async def test_the_page_asks_nobody_but_this_server(stage: Stage) -> None:
    _, page = await stage.page.get("/")
    files = [f"/page/web/{file}" for file in ("main.js", "page.css", "icon.svg")]
    for path in files:
        assert path in page
    for path in ["/", *files]:
        async with stage.page.http.get(stage.page.url + path) as answer:
            assert answer.status == 200
            text = (await answer.text()).replace("http://www.w3.org/", "")
            policy = answer.headers["Content-Security-Policy"]
        assert "://" not in text
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy


@pytest.mark.parametrize("path", READ)
async def test_a_foreign_name_that_points_here_is_refused(stage: Stage, path: str) -> None:
    assert (await stage.page.get(path, Host="evil.example"))[0] == 403


@pytest.mark.parametrize("path", READ)
async def test_a_page_from_elsewhere_is_refused(stage: Stage, path: str) -> None:
    for site in ("cross-site", "same-site"):
        assert (await stage.page.get(path, **{"Sec-Fetch-Site": site}))[0] == 403


@pytest.mark.parametrize(
    "headers",
    [
        {},
        ACTS | {"Origin": "http://evil.example"},
        ACTS | {"Origin": "http://127.0.0.1:1"},
        ACTS | {"Origin": "null"},
        ACTS | {"Host": "evil.example"},
        ACTS | {"Sec-Fetch-Site": "cross-site"},
    ],
    ids=["no header", "origin", "other port", "no origin", "host", "site"],
)
async def test_only_the_page_itself_may_act(stage: Stage, headers: dict[str, str]) -> None:
    url = f"{stage.page.url}/page/act/dial"
    async with stage.page.http.post(url, json=SUPPORT, headers=headers) as answer:
        assert answer.status == 403
    assert stage.server.shell.world.exchange.legs == {}


async def test_the_page_of_this_server_may_act(stage: Stage) -> None:
    own = ACTS | {"Origin": stage.page.url, "Sec-Fetch-Site": "same-origin"}
    url = f"{stage.page.url}/page/act/dial"
    async with stage.page.http.post(url, json=SUPPORT, headers=own) as answer:
        assert answer.status == 200


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"{", "not JSON"),
        (b"[]", "a JSON object is expected"),
        (b'{"to": 1}', "to is a text"),
        (b"{}", "to is missing"),
        (b'{"to": "support@contoso.example", "steps": []}', "'steps' is not known here"),
        (b'{"to": "' + b"x" * 5_000 + b'"}', "too long"),
        (b'{"to": "nobody"}', "no resource account"),
        (b'{"to": "support@contoso.example", "kind": "ghost"}', "not 'ghost'"),
        (b'{"to": "support@contoso.example", "who": "<b>"}', "A number is written like"),
    ],
)
async def test_a_bad_act_is_answered_with_a_sentence(stage: Stage, body: bytes, said: str) -> None:
    url = f"{stage.page.url}/page/act/dial"
    async with stage.page.http.post(url, data=body, headers=ACTS) as answer:
        assert answer.status == 409
        assert said in (await answer.json())["error"]
    assert (await stage.page.tried("dance"))[0] == 404
