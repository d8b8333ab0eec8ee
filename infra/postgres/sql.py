"""SQL kept as SQL: statements named in `.sql` files beside the module that uses them."""

import re
from functools import cache
from importlib import resources
from typing import LiteralString

_NAME = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)


@cache
def statements(package: str, file: str) -> dict[str, LiteralString]:
    """The statements of a file, by the name given in the line `-- name: …` above each."""
    text = resources.files(package).joinpath(file).read_text(encoding="utf-8")
    parts = _NAME.split(text)
    return {name: body.strip().rstrip(";") for name, body in zip(parts[1::2], parts[2::2], strict=True)}
