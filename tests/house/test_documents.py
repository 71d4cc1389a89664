"""What the documents promise exists: links, files, make targets, numbered decisions."""

import re

import pytest
from kit.documents import anchors, broken_link, documents, links, named_definitions, text
from kit.source_tree import ROOMS, ROOT, definitions, tracked_files

DECISIONS = [file for file in documents() if file.startswith("docs/adr/")]
# A decision tells what was true on its day, the changelog what was true in its release.
PRESENT_TENSE = [f for f in documents() if f not in DECISIONS and f != "CHANGELOG.md"]
MAKEFILE = (ROOT / "Makefile").read_text()


@pytest.mark.parametrize("document", documents())
def test_every_link_inside_the_repository_leads_somewhere(document: str) -> None:
    assert [why for link in links(document) if (why := broken_link(document, link))] == []


@pytest.mark.parametrize("document", PRESENT_TENSE)
def test_every_source_file_named_in_a_document_exists(document: str) -> None:
    rooms = "|".join((*ROOMS, "tests", "scripts", "docs", "deploy"))
    named = re.findall(rf"(?<![\w/.-])((?:{rooms})/[\w/.-]*\.(?:py|md|sh|json))\b", text(document))
    assert sorted({file for file in named if not (ROOT / file).exists()}) == []


@pytest.mark.parametrize("document", PRESENT_TENSE)
def test_every_name_that_links_to_a_source_file_is_defined_there(document: str) -> None:
    named = named_definitions(document)
    assert [f"{file}: {name}" for name, file in named if name not in definitions(file)] == []


def test_the_path_of_a_call_visits_each_file_once_and_names_what_to_look_for() -> None:
    steps = re.findall(r"^\| \d+ \| \[([\w/.]+)\]", text("docs/path-of-a-call.md"), re.MULTILINE)
    assert len(steps) == len(set(steps)) == 12
    named = {file for _, file in named_definitions("docs/path-of-a-call.md")}
    assert set(steps) <= named
    assert ("lost", "routing/offer_end.py") in named_definitions("docs/path-of-a-call.md")


def test_a_name_that_is_not_defined_is_seen() -> None:
    assert {"Pool", "Pool.first", "AVAILABLE", "closed_by"} <= definitions("routing/matching.py")
    assert not {"first", "Pool.last", "Rule"} & definitions("routing/matching.py")


@pytest.mark.parametrize("document", PRESENT_TENSE)
def test_every_make_target_named_in_a_document_exists(document: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
    named = set(re.findall(r"(?:`|^\s*\$?\s*)make ([a-z][a-z-]*)", text(document), re.MULTILINE))
    assert named - targets == set()


def test_make_alone_explains_every_target() -> None:
    announced = set(re.findall(r"^\.PHONY: (.+)$", MAKEFILE, re.MULTILINE))
    targets = {name for line in announced for name in line.split() if not name.startswith(".")}
    explained = set(re.findall(r"^([a-z-]+):.*## \S", MAKEFILE, re.MULTILINE))
    assert targets - explained <= {"format-check"}, "a part of `make check` only"


def test_decisions_are_numbered_once_and_without_gaps() -> None:
    numbers = [int(file.rsplit("/", 1)[-1][:4]) for file in DECISIONS]
    assert numbers == list(range(len(numbers)))


@pytest.mark.parametrize("decision", DECISIONS)
def test_a_decision_says_what_it_cost(decision: str) -> None:
    number = decision.rsplit("/", 1)[-1][:4]
    assert text(decision).startswith(f"# {number} ")
    assert {"context", "decision", "what-we-gave-up"} <= anchors(decision)


def test_every_decision_is_in_the_list() -> None:
    listed = set(links("CONTRIBUTING.md"))
    assert {d for d in DECISIONS if d not in listed and "0000-" not in d} == set()


@pytest.mark.parametrize(
    ("link", "reason"),
    [("no/such/file.md", "no file"), ("README.md#no-such-heading", "no heading"), ("..", "leaves")],
)
def test_a_broken_link_is_seen(link: str, reason: str) -> None:
    assert reason in (broken_link("README.md", link) or "")


def test_no_document_is_left_out() -> None:
    assert "README.md" in documents()
    assert all(file in tracked_files() for file in documents())
