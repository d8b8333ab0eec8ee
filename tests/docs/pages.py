"""The project's pages, read as a reader would: their links, headings, paths and examples."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])

_FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ +(.+?)\s*$", re.MULTILINE)
_PATH = re.compile(r"(?:ledger|commands|projections|readmodels|infra|tests|docs)/[\w./-]*")


def text_of(name: str) -> str:
    """A page by its path from the root."""
    return (ROOT / name).read_text(encoding="utf-8")


def prose_of(page: Path) -> str:
    """A page without its blocks of code."""
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


def links_of(page: Path) -> Iterator[str]:
    """Every link to somewhere in the project, `#heading` included."""
    for target in _LINK.findall(_CODE.sub("", prose_of(page))):
        if "://" not in target:
            yield target


def anchors_of(page: Path) -> set[str]:
    """The anchors that the headings of a page make."""
    headings = (_LINK.sub("", heading) for heading in _HEADING.findall(prose_of(page)))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def paths_of(page: Path) -> Iterator[str]:
    """Every file or folder of the project that the page names between backquotes, but for patterns of names."""
    for code in _CODE.findall(prose_of(page)):
        if _PATH.fullmatch(code) and "NNNN" not in code:
            yield code


def json_blocks(name: str) -> list[str]:
    """The JSON examples of a page, in order."""
    return [block for language, block in _FENCE.findall(text_of(name)) if language == "json"]


def rows_of(name: str) -> list[list[str]]:
    """The rows of every table of a page, each a list of its cells."""
    lines = [line for line in text_of(name).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
