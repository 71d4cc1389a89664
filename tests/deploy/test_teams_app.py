"""The Teams app package: valid by Microsoft's own schema, the same twice, clear about bad input."""

import io
import json
import os
import re
import subprocess
import zipfile
from pathlib import Path

import pytest
from aiohttp.web import RouteDef
from kit.png import picture
from kit.source_tree import ROOT
from kit.teams_package import (
    APP,
    HOST,
    NEEDED,
    Json,
    builder,
    built,
    faults,
    korean,
    localizable,
    manifest,
    opened,
    schema,
)

from bot.teams.words import Word, understand
from console.auth import api_uri, console_validator_config
from console.tab import SignIn, tab_routes

OWN = [
    'NAME=Contoso\'s "Calls" ${HOST}',
    "DEVELOPER=Contoso Ltd.",
    "WEBSITE=https://contoso.example/calls?from=teams",
    "PRIVACY=https://contoso.example/privacy",
    "TERMS=https://contoso.example/terms#calls",
    "VERSION=12.0.3",
]


@pytest.mark.parametrize("arguments", [[], OWN], ids=["defaults", "all given"])
def test_microsofts_schema_finds_nothing_wrong(arguments: list[str]) -> None:
    assert faults(manifest(*arguments)) == []
    assert faults(korean(*arguments)) == []


@pytest.mark.parametrize(
    "broken", ["bots", "validDomains", "icons", "id", "extra", "commands", "version", "name"]
)
def test_microsofts_schema_would_find_it(broken: str) -> None:
    document = manifest()
    match broken:
        case "bots":
            document["bots"][0]["scopes"] = ["people"]
        case "validDomains":
            document["validDomains"] = [{"host": HOST}]
        case "icons":
            del document["icons"]["outline"]
        case "id":
            document["id"] = "switchboard"
        case "version":
            document["manifestVersion"] = "1.24"
        case "name":
            document["name"]["short"] = "N" * 31
        case "extra":
            document["bot"] = {}
        case _:
            commands = document["bots"][0]["commandLists"][0]["commands"]
            commands += [commands[0]] * 12
    assert faults(document)


def test_the_manifest_is_a_calling_bots() -> None:
    document = manifest()
    (bot,) = document["bots"]
    assert (document["id"], bot["botId"]) == (APP, APP)
    assert bot["supportsCalling"]
    assert not bot["supportsVideo"]
    assert {"personal", "team"} <= set(bot["scopes"])
    assert document["validDomains"] == [HOST]
    assert document["defaultInstallScope"] == "personal"
    version = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert version is not None
    assert document["version"] == version.group(1)


def test_the_tab_is_where_the_service_serves_it_and_signs_in_as_the_service_asks() -> None:
    document = manifest()
    (tab,) = document["staticTabs"]
    sign_in = SignIn(authority="https://a", client_id=APP, public_url=f"https://{HOST}")
    served = {each.path for each in tab_routes(sign_in) if isinstance(each, RouteDef)}
    assert tab["contentUrl"] == tab["websiteUrl"]
    assert tab["contentUrl"].removeprefix(f"https://{HOST}") in served
    assert tab["scopes"] == ["personal"]
    assert document["webApplicationInfo"] == {
        "id": APP,
        "resource": api_uri(f"https://{HOST}", APP),
    }
    config = console_validator_config(
        authority_url="https://a", tenant_id="t", app_ids=(APP,), public_url=f"https://{HOST}"
    )
    assert document["webApplicationInfo"]["resource"] in config.audiences


def test_what_is_given_stands_in_the_package_as_it_was_given() -> None:
    document = manifest(*OWN)
    assert document["name"]["short"] == korean(*OWN)["name.short"] == 'Contoso\'s "Calls" ${HOST}'
    assert document["developer"] == {
        "name": "Contoso Ltd.",
        "websiteUrl": "https://contoso.example/calls?from=teams",
        "privacyUrl": "https://contoso.example/privacy",
        "termsOfUseUrl": "https://contoso.example/terms#calls",
    }
    assert document["version"] == "12.0.3"


def test_no_place_is_left_open() -> None:
    texts = [content for name, content in opened(built()).items() if name.endswith(".json")]
    assert len(texts) == 2
    assert not any(b"${" in text for text in texts)


def test_every_text_that_people_read_is_there_in_korean() -> None:
    in_english, in_korean = localizable(manifest()), korean()
    del in_korean["$schema"]
    assert in_english.keys() == in_korean.keys()
    same = {key for key, text in in_english.items() if in_korean[key] == text}
    assert same == {"name.short"}


@pytest.mark.parametrize("arguments", [[], [f"NAME={'N' * 30}"]], ids=["ours", "longest name"])
def test_no_text_is_longer_than_teams_takes(arguments: list[str]) -> None:
    in_korean = korean(*arguments)
    rules = schema(in_korean)
    patterns = rules["patternProperties"].items()
    most: Json = {
        key: rules["properties"].get(key) or next(r for p, r in patterns if re.search(p, key))
        for key in localizable(manifest(*arguments))
    }
    for texts in (localizable(manifest(*arguments)), in_korean):
        too_long = {k: len(texts[k]) for k in most if len(texts[k]) > most[k]["maxLength"]}
        assert too_long == {}


def test_each_command_is_understood_as_what_it_says() -> None:
    words = [Word.READY, Word.NOT_READY, Word.STATUS, Word.HELP]
    for language, texts in (("en", localizable(manifest())), ("ko", korean())):
        titles = [text for key, text in texts.items() if key.endswith(".title")]
        said = [understand(title, now=0) for title in titles]
        assert [each.word for each in said] == words
        assert all(each.understood and each.language == language for each in said)


def test_each_example_in_a_command_is_understood() -> None:
    for texts in (localizable(manifest()), korean()):
        key = "bots[0].commandLists[0].commands[1].description"
        said = understand(texts[key].rpartition(": ")[2], now=0)
        assert (said.word, said.until) == (Word.NOT_READY, 30 * 60_000)
        assert said.reason


def test_the_package_holds_what_the_manifest_names_and_nothing_else() -> None:
    document = manifest()
    named = {"manifest.json", *document["icons"].values()}
    named |= {each["file"] for each in document["localizationInfo"]["additionalLanguages"]}
    assert opened(built()).keys() == named


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = tmp_path / "first.zip", tmp_path / "later" / "second.zip"
    for out in (first, second):
        assert builder().main([*NEEDED, f"OUT={out}"]) is None
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(io.BytesIO(first.read_bytes())) as archive:
        entries = archive.infolist()
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {(entry.create_system, entry.external_attr) for entry in entries} == {(3, 0o644 << 16)}
    assert [entry.filename for entry in entries] == sorted(entry.filename for entry in entries)


def test_the_color_icon_fills_its_square_and_keeps_its_mark_where_no_crop_reaches() -> None:
    icon = picture(opened(built())["color.png"])
    accent = bytes.fromhex(manifest()["accentColor"].removeprefix("#"))
    back = (*accent, 255)
    assert (icon.width, icon.height) == (192, 192)
    marked = [(x, y) for x, y, pixel in icon.pixels() if pixel != back]
    assert len(marked) > 1_000
    assert all(48 <= x < 144 and 48 <= y < 144 for x, y in marked)
    assert all(pixel[3] == 255 for _, _, pixel in icon.pixels())


def test_the_outline_icon_is_white_on_nothing() -> None:
    icon = picture(opened(built())["outline.png"])
    assert (icon.width, icon.height) == (32, 32)
    seen = [(x, y, pixel) for x, y, pixel in icon.pixels() if pixel[3]]
    assert {pixel[:3] for _, _, pixel in seen} == {(255, 255, 255)}
    assert 32 * 32 // 10 < len(seen) < 32 * 32 // 2
    for along in ([x for x, _, _ in seen], [y for _, y, _ in seen]):
        assert (min(along) <= 2, max(along) >= 29) == (True, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "APP_ID is missing"),
        ([f"APP_ID={APP}"], "HOST is missing"),
        (["APP_ID=", f"HOST={HOST}"], "APP_ID is empty"),
        (["APP_ID=switchboard", f"HOST={HOST}"], "APP_ID is switchboard, which is no GUID"),
        ([f"APP_ID={{{APP}}}", f"HOST={HOST}"], "which is no GUID"),
        ([f"APP_ID={'0' * 8}-0000-0000-0000-{'0' * 12}", f"HOST={HOST}"], "all zeros"),
        (
            [f"APP_ID={APP}", f"HOST=https://{HOST}"],
            f"leave out scheme, port and path, HOST={HOST}",
        ),
        ([f"APP_ID={APP}", f"HOST={HOST}/api"], f"HOST={HOST}."),
        ([f"APP_ID={APP}", f"HOST={HOST}:443"], f"HOST={HOST}."),
        ([f"APP_ID={APP}", f"HOST=https://a@{HOST}:1/?b#c"], f"HOST={HOST}."),
        ([f"APP_ID={APP}", "HOST=*.contoso.example"], "without wildcards"),
        ([f"APP_ID={APP}", "HOST=calls contoso.example"], "no host name"),
        ([f"APP_ID={APP}", "HOST=전화.example"], "xn--"),
        ([f"APP_ID={APP}", f"HOST={'a' * 64}.example"], "no host name"),
        ([f"APP_ID={APP}", f"HOST={'a.' * 130}example"], "no host name"),
        ([f"APP_ID={APP}", "HOST=localhost"], "Teams cannot reach"),
        ([f"APP_ID={APP}", "HOST=192.0.2.7"], "Teams cannot reach"),
        ([f"APP_ID={APP}", "HOST=calls.local"], "Teams cannot reach"),
        ([*NEEDED, "NAM=Calls"], "NAM is not known here"),
        ([*NEEDED, "Calls"], "Calls is not known here"),
        ([*NEEDED, f"NAME={'N' * 31}"], "NAME has 31 characters and Teams takes 30: shorten it"),
        ([*NEEDED, f"DEVELOPER={'D' * 33}"], "DEVELOPER has 33 characters"),
        ([*NEEDED, "NAME=a\x07b"], "cannot be printed"),
        ([*NEEDED, "PRIVACY=http://contoso.example"], "begin it with https://"),
        ([*NEEDED, "TERMS=contoso.example/terms"], "begin it with https://"),
        ([*NEEDED, f"WEBSITE=https://contoso.example/{'w' * 2048}"], "Teams takes 2048"),
        ([*NEEDED, "VERSION=1"], "three numbers"),
        ([*NEEDED, "VERSION=1.0.0rc1"], "three numbers"),
        ([*NEEDED, "OUT=/dev/null/app.zip"], "/dev/null"),
    ],
)
def test_bad_input_is_one_sentence_with_the_remedy(arguments: list[str], said: str) -> None:
    sentence = builder().main(arguments)
    assert sentence.startswith("No Teams app was built: ")
    assert said in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence


@pytest.mark.parametrize("given", [f"APP_ID={APP.upper()}", f"HOST={HOST.upper()}."])
def test_upper_case_and_a_closing_dot_make_no_difference(given: str) -> None:
    assert built(given) == built()


def test_pages_that_nobody_named_are_said(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    out = f"OUT={tmp_path / 'app.zip'}"
    builder().main([*NEEDED, out])
    assert "WEBSITE, PRIVACY, TERMS: not given" in capsys.readouterr().out
    builder().main([*NEEDED, out, *OWN])
    assert "not given" not in capsys.readouterr().out


def make(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    # `make test` runs this too, and would hand its own variables down.
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(
        ["make", "-C", str(ROOT), "--no-print-directory", "teams-app", *arguments],
        env=clean | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_make_builds_from_its_command_line_alone(tmp_path: Path) -> None:
    """A NAME or a HOST in the environment is the machine's, not the app's."""
    out = tmp_path / "app.zip"
    done = make(*NEEDED, f"OUT={out}", *OWN[1:2], NAME="laptop", HOST="laptop")
    assert (done.returncode, done.stderr) == (0, "")
    assert out.read_bytes() == built(OWN[1])
    done = make(NAME="laptop", HOST="laptop")
    assert done.returncode != 0
    assert "APP_ID is missing" in done.stderr
    assert "say make teams-app APP_ID=" in done.stderr


def test_make_hands_over_quotes_and_spaces(tmp_path: Path) -> None:
    out, name = tmp_path / "app.zip", 'Ada\'s "Calls" & `more`; ok'
    assert make(*NEEDED, f"OUT={out}", f"NAME={name}").returncode == 0
    document = json.loads(opened(out.read_bytes())["manifest.json"])
    assert document["name"]["short"] == name
