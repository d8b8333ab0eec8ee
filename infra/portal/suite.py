"""Where to go once signed in: a page of ours that the reader asked for, never an address from elsewhere."""

import re

ACCUEIL = "/espace"
_LONGEST = 300
_LOCAL = re.compile(
    r"/espace(?:/(?:remboursements(?:/[A-Za-z0-9._-]{1,64}/[A-Za-z0-9._-]{1,64})?|comparaison|impots|demandes"
    r"(?:/tiers)?|notifications|securite(?:/[a-z-]{1,30})?|aide|telecharger/[A-Za-z0-9._-]{1,40}))?"
    r"(?:\?[A-Za-z0-9=&%._+-]*)?"
)


def local(given: str | None) -> str:
    """The address asked for when it is one of the pages of the member space, else home."""
    if given and len(given) <= _LONGEST and _LOCAL.fullmatch(given):
        return given
    return ACCUEIL
