"""The documents as a reader's browser sees them: headings, links, commands, files they name."""

import re
from collections.abc import Iterator
from pathlib import Path

from kit.source_tree import ROOT, tracked_files

FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`\n]+`")
LINK = re.compile(r"!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?[^)]*\)|^\[[^\]]+\]:\s*(\S+)", re.MULTILINE)
NAMED = re.compile(
    r"\[`([A-Za-z_][\w.]*)`\]\(([^)#]+\.py)\)|`([A-Za-z_][\w.]*)` in \[[^\]]*\]\(([^)#]+\.py)\)"
)
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)


def documents() -> list[str]:
    return [file for file in tracked_files() if file.endswith(".md")]


def text(document: str) -> str:
    return (ROOT / document).read_text()


def links(document: str) -> Iterator[str]:
    """Targets of the links, as written; examples in code are not links."""
    prose = CODE.sub("", FENCE.sub("", text(document)))
    for match in LINK.finditer(prose):
        yield match.group(1) or match.group(2)


def named_definitions(document: str) -> list[tuple[str, str]]:
    """(name, source file) of each [`name`](file.py), and of each `name` in [file](file.py)."""
    folder = (ROOT / document).parent
    return [
        (match[1] or match[3], str((folder / (match[2] or match[4])).resolve().relative_to(ROOT)))
        for match in NAMED.finditer(text(document))
    ]


def anchors(document: str) -> set[str]:
    """The fragments that GitHub gives to the headings, with -1, -2 for repeated ones."""
    found: dict[str, int] = {}
    for heading in HEADING.findall(FENCE.sub("", text(document))):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").lower()
        slug = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        repeated = found.setdefault(slug, 0)
        found[slug] += 1
        if repeated:
            found[f"{slug}-{repeated}"] = 1
    return set(found)


def broken_link(document: str, link: str) -> str | None:
    """Why the link leads nowhere inside the repository, or None; other sites are not asked."""
    if re.match(r"[a-z][a-z+.-]*:", link):
        return None
    path, _, fragment = link.partition("#")
    target = (ROOT / document).parent / path if path else ROOT / document
    if not target.exists():
        return f"{document}: no file {link}"
    if ROOT not in [target.resolve(), *target.resolve().parents]:
        return f"{document}: {link} leaves the repository"
    if fragment and target.suffix == ".md":
        inside = str(Path(target).resolve().relative_to(ROOT))
        if fragment not in anchors(inside):
            return f"{document}: no heading {link}"
    return None
