"""What MkDocs is told beyond mkdocs.yml: the order of the pages, and where links out of docs/ lead.

The documents are written to be read in the repository, so they link to source files and to what
lies at its top. On the site the latter are pages too; a link to source leads to the repository if
SITE_SOURCE names its address (`https://HOST/OWNER/NAME/blob/main/`), and is a plain name if not.
The order is that of docs/README.md: no second list can drift from it.
"""

from __future__ import annotations

import os
import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parent.parent
AT_THE_TOP = {
    "README.md": "project/about.md",
    "CONTRIBUTING.md": "project/contributing.md",
    "SECURITY.md": "project/security.md",
    "CHANGELOG.md": "project/changes.md",
}
"""Documents that lie beside docs/, and the pages that they become."""
LINK = re.compile(r"(?<!!)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^()\s]+)\)")
PICTURE = re.compile(r"!\[([^\]]*)\]\(([^()\s]+)\)")
HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
FENCE = re.compile(r"(^```.*?^```[ \t]*$)", re.MULTILINE | re.DOTALL)
WORD = re.compile(r"`[^`]*`")


def on_config(config: Any) -> Any:
    """The pages in the order of docs/README.md."""
    config.nav = navigation((ROOT / "docs/README.md").read_text())
    return config


def navigation(contents: str) -> list[dict[str, Any]]:
    """Sections and pages, as the list of documents has them."""
    _, *parts = HEADING.split(contents)
    nav: list[dict[str, Any]] = [
        {"Documents": "README.md"},
        {"What it is": AT_THE_TOP["README.md"]},
    ]
    for title, body in zip(parts[::2], parts[1::2], strict=True):
        pages: dict[str, str] = {}
        for name, target in LINK.findall(body):
            page = AT_THE_TOP.get(posixpath.normpath(posixpath.join("docs", target)), target)
            if page.endswith(".md"):
                pages.setdefault(page, name[:1].upper() + name[1:])
        nav.append({title: [{name: page} for page, name in pages.items()]})
    return nav


def on_files(files: Files, *, config: Any) -> Files:
    """Add the documents that lie beside docs/."""
    for source, page in AT_THE_TOP.items():
        text = (ROOT / source).read_text()
        files.append(File.generated(config, page, content=led(text, source, page)))
    return files


def on_page_markdown(markdown: str, *, page: Any, **_rest: Any) -> str:
    """The page's text with its links as the site needs them."""
    uri = page.file.src_uri
    return markdown if uri in AT_THE_TOP.values() else led(markdown, f"docs/{uri}", uri)


def led(text: str, source: str, page: str) -> str:
    """The text with links that lead on, whether it lies in docs/ or beside it."""

    def link(found: re.Match[str]) -> str:
        words, target = found.groups()
        to = where(target, source, page)
        return f"[{words}]({to})" if to else words

    def picture(found: re.Match[str]) -> str:
        return f"![{found[1]}]({where(found[2], source, page)})"

    parts = FENCE.split(text)
    parts[::2] = [PICTURE.sub(picture, LINK.sub(link, part)) for part in parts[::2]]
    return "".join(parts)


def where(target: str, source: str, page: str) -> str:
    """The address for the page; empty when it leads to source and nobody said where that is."""
    if "://" in target or target.startswith(("#", "mailto:")):
        return target
    path, _, anchor = target.partition("#")
    file = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
    mark = f"#{anchor}" if anchor else ""
    if file in AT_THE_TOP:
        here = AT_THE_TOP[file]
    elif file.startswith("docs/") and (ROOT / file).is_file():
        here = file.removeprefix("docs/")
    elif repository := os.environ.get("SITE_SOURCE", ""):
        return f"{repository.rstrip('/')}/{file}"
    else:
        return ""
    return posixpath.relpath(here, posixpath.dirname(page) or ".") + mark
