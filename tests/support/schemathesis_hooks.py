"""What schemathesis must know of this API beyond its documentation; loaded by its command line."""

from typing import Any

import schemathesis
from schemathesis import Case, HookContext, SerializationContext

POSITION = 5
"""A position that the projection has read: to wait for one that never comes would only take time."""


@schemathesis.hook
def before_call(ctx: HookContext, case: Case[Any], kwargs: dict[str, Any]) -> None:
    """Wait for nothing that does not come, and read of a stream what there is."""
    if case.operation.path.endswith("/evenements"):
        case.query = {**(case.query or {}), "duree": "0"}
    asked = str((case.query or {}).get("attendre_position", ""))
    if asked.isdecimal() and int(asked) > POSITION:
        case.query = {**case.query, "attendre_position": str(POSITION)}


@schemathesis.serializer(
    "application/x-ndjson", "text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
)
def lines(ctx: SerializationContext, value: Any) -> Any:
    """The generated text, as it is."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", errors="replace")
