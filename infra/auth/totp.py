"""Time-based one-time codes (RFC 6238, six digits, 30 seconds, SHA-1: what every authenticator knows)."""

import hmac
from datetime import datetime
from io import BytesIO

import pyotp
import segno

from infra.auth.sessions import Enrolment

PERIOD_SECONDS = 30
STEPS_AROUND = 1
"""How many steps before and after now are accepted: clocks differ, and people type slowly."""

ISSUER = "SMI Décompte"
_QR_SCALE = 4


def new_secret() -> str:
    """A secret of 160 bits, in base32."""
    return pyotp.random_base32()


def enrolment(secret: str, *, account: str) -> Enrolment:
    """What an authenticator takes in. `account` is how it names the entry."""
    uri = pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=ISSUER)
    code = segno.make(uri, error="m", micro=False)
    drawn = BytesIO()
    code.save(drawn, kind="svg", scale=_QR_SCALE, xmldecl=False, svgns=True, nl=False)
    return Enrolment(secret, uri, drawn.getvalue().decode(), code.png_data_uri(scale=_QR_SCALE))


def code_at(secret: str, instant: datetime) -> str:
    """The code of an instant."""
    return pyotp.TOTP(secret).at(int(instant.timestamp()))


def step_of(secret: str, code: str, *, now: datetime, after: int | None) -> int | None:
    """The time step that a code is of, among those accepted now and later than `after`; None when it is of none."""
    current = int(now.timestamp()) // PERIOD_SECONDS
    found = None
    for step in range(current - STEPS_AROUND, current + STEPS_AROUND + 1):
        expected = pyotp.TOTP(secret).at(step * PERIOD_SECONDS)
        # Every step is compared, whichever is right.
        if hmac.compare_digest(expected.encode(), code.encode()) and (after is None or step > after):
            found = step
    return found
