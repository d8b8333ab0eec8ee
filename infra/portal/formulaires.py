"""A form as it was sent: bounded, in UTF-8, each field a text."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from urllib.parse import parse_qsl

from starlette.requests import Request

from infra.auth.sessions import Session
from infra.http.bodies import chunks, refuse_compression, refuse_content_type
from infra.http.problems import Problem
from infra.portal import jetons

BYTES_MAX = 128 * 1024
"""The largest form: a declaration with long texts."""

FIELDS_MAX = 200
_ADMITTED = frozenset({"application/x-www-form-urlencoded"})

Erreurs = dict[str, str]
"""What is wrong, by field, in the order of the form; "" is the form as a whole."""


class FormulaireRefuse(Exception):
    """The form was not shown by us to this browser, or long ago: show it again."""


class Formulaire(Mapping[str, str]):
    """The fields of a form; one that was not sent is "". Texts are without spaces around them."""

    def __init__(self, pairs: Sequence[tuple[str, str]] = ()) -> None:
        self._pairs = pairs
        self._first = dict(reversed(pairs))

    def __getitem__(self, name: str) -> str:
        return self._first.get(name, "").strip()

    def __iter__(self) -> Iterator[str]:
        return iter(self._first)

    def __len__(self) -> int:
        return len(self._first)

    def raw(self, name: str) -> str:
        """A field to the letter: a password may begin with a space."""
        return self._first.get(name, "")

    def getall(self, name: str) -> list[str]:
        """Every value of a field: boxes that were ticked."""
        return [value for given, value in self._pairs if given == name]

    def jour(self, name: str) -> date | None:
        """The day of three fields; None when it is no day."""
        try:
            return date(int(self[f"{name}_annee"]), int(self[f"{name}_mois"]), int(self[f"{name}_jour"]))
        except (ValueError, OverflowError):
            return None


async def read_form(request: Request, session: Session | None) -> Formulaire:
    """The form of a request. Raises FormulaireRefuse, and the Problems of a body that is no small form."""
    refuse_compression(request)
    refuse_content_type(request, admitted=_ADMITTED)
    body = bytearray()
    async for chunk in chunks(request):
        body += chunk
        if len(body) > BYTES_MAX:
            raise Problem("corps_trop_grand", headers={"Connection": "close"})
    try:
        pairs = parse_qsl(
            body.decode("utf-8"),
            keep_blank_values=True,
            encoding="utf-8",
            errors="strict",
            max_num_fields=FIELDS_MAX,
        )
    except ValueError:
        raise Problem("requete_illisible") from None
    form = Formulaire([(name, clean(value)) for name, value in pairs])
    if not jetons.is_from_our_page(request, session, form["csrf"]):
        raise FormulaireRefuse
    return form


def clean(value: str) -> str:
    """One kind of line end, and none of the characters that no person types."""
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in value if c == "\n" or ((c.isprintable() or c.isspace()) and c != "\x00"))
