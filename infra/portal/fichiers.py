"""A form with a file: bounded, its token checked, each field a text and the file its bytes."""

from collections.abc import AsyncGenerator

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from infra.auth.sessions import Session
from infra.http.bodies import MESSAGE_BODY_BYTES_MAX, read_message, refuse_content_type
from infra.http.problems import Problem
from infra.portal import jetons
from infra.portal.formulaires import Formulaire, FormulaireRefuse, clean

FIELDS_MAX = 20
_ADMITTED = frozenset({"multipart/form-data"})


async def read_form_with_file(request: Request, session: Session, name: str) -> tuple[Formulaire, str, bytes]:
    """The fields, the file's name, its bytes; no name when none was chosen. Raises as `read_form`."""
    refuse_content_type(request, admitted=_ADMITTED)
    body = await read_message(request)

    async def once() -> AsyncGenerator[bytes, None]:
        yield body

    try:
        parser = MultiPartParser(
            request.headers, once(), max_files=1, max_fields=FIELDS_MAX, max_part_size=MESSAGE_BODY_BYTES_MAX
        )
        parsed = await parser.parse()
    except (MultiPartException, KeyError, UnicodeDecodeError):
        raise Problem("requete_illisible") from None
    try:
        items = parsed.multi_items()
        form = Formulaire([(key, clean(value)) for key, value in items if isinstance(value, str)])
        if not jetons.is_from_our_page(request, session, form["csrf"]):
            raise FormulaireRefuse
        file = next((value for key, value in items if key == name and isinstance(value, UploadFile)), None)
        if file is None:
            return form, "", b""
        return form, file.filename or "", await file.read()
    finally:
        await parsed.close()
