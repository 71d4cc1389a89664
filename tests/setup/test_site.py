"""The documents as a site: it builds without a broken link, and fetches nothing to be read."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from facts_page import kinds, written  # noqa: E402
from site_hooks import led, navigation, where  # noqa: E402

from routing.facts import FactKind  # noqa: E402

FETCHED = re.compile(r"""<(?:script|link|img|iframe)\b[^>]*?(?:src|href)="(https?:[^"]+)""")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site. Strict: a link or an anchor that leads nowhere fails it."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    return folder


def test_every_document_is_a_page_and_none_fetches_anything(site: Path) -> None:
    documents = {file.relative_to(ROOT / "docs") for file in (ROOT / "docs").rglob("*.md")}
    expected = {
        file.with_name("index.html") if file.name == "README.md" else file.with_suffix(".html")
        for file in documents
    }
    pages = {file.relative_to(site) for file in site.rglob("*.html")}
    assert expected <= pages
    assert len(expected) > 50
    for page in pages:
        assert FETCHED.findall((site / page).read_text()) == [], page


def test_links_out_of_the_documents_lead_on(site: Path) -> None:
    text = (site / "index.html").read_text()
    assert 'href="project/contributing.html"' in text
    assert 'href="examples/plan.yaml"' in text
    assert (site / "examples" / "plan.yaml").exists()
    assert 'href="../flows.html"' in (site / "project" / "about.html").read_text()


def test_a_link_to_source_leads_to_the_repository_or_is_a_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = ("../routing/journey.py#L1", "docs/path-of-a-call.md", "path-of-a-call.md")
    monkeypatch.delenv("SITE_SOURCE", raising=False)
    assert where(*source) == ""
    assert led("see [`go`](../routing/journey.py).", *source[1:]) == "see `go`."
    monkeypatch.setenv("SITE_SOURCE", "https://host.example/owner/name/blob/main/")
    assert where(*source) == "https://host.example/owner/name/blob/main/routing/journey.py"


def test_code_is_left_as_it_is() -> None:
    text = "```\n[a](../routing/journey.py)\n```\n[a](../routing/journey.py)"
    assert led(text, "docs/x.md", "x.md") == "```\n[a](../routing/journey.py)\n```\na"


def test_pages_stand_in_the_order_of_the_list_of_documents() -> None:
    nav = navigation("# D\n\n## One\n\n- [b](b.md): x\n- [a](a.md), [an example](e.yaml)\n")
    assert nav[2:] == [{"One": [{"B": "b.md"}, {"A": "a.md"}]}]


def test_each_kind_of_fact_is_explained_with_what_stands_in_it() -> None:
    told = {kind: meaning for _, kind, meaning in kinds()}
    assert list(told) == [kind.value for kind in FactKind]
    assert all(told.values())
    details = written()
    assert {"position", "expected_ms", "prompt"} <= details["CONTACT_ANNOUNCED"]  # a dict, spread
    assert {"why", "by", "dials"} <= details["CALLBACK_EXPIRED"]  # by a function
    assert {"voicemail", "by"} <= details["VOICEMAIL_OWNED"]  # by a table
