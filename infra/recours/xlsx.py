"""The first sheet of an XLSX workbook as text, on the standard library: what comes from outside is bounded and plain.

No entity, no macro, no formula: the value that the sheet shows is what counts. Dates are cells of days since 1900, told
by their format; numbers are given with two decimals at most, as the sheet stores them.
"""

import io
import re
import zipfile
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from xml.parsers import expat

UNPACKED_BYTES_MAX = 64 * 1024 * 1024
"""How much a workbook may unpack to: an archive of zeros is small."""

ROWS_MAX = 100_000
COLUMNS_MAX = 64
_EPOCH = date(1899, 12, 30)
"""Day 0 of a workbook, its leap year of 1900 that never was included."""

_DATE_FORMATS = frozenset({14, 15, 16, 17, 22})
"""The built-in number formats that show a day (ECMA-376, 18.8.30)."""

_CELL = re.compile(r"([A-Z]{1,3})(\d{1,7})")


class UnreadableWorkbook(Exception):
    """The file is no workbook that can be read; the message says why, in French."""


def read_sheet(content: bytes) -> list[list[str]]:
    """The rows of the first sheet as text: days as AAAA-MM-JJ, numbers with a point. Raises UnreadableWorkbook."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > UNPACKED_BYTES_MAX:
                raise UnreadableWorkbook("le classeur est trop grand")
            names = set(archive.namelist())
            sheets = sorted(name for name in names if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", name))
            if not sheets:
                raise UnreadableWorkbook("le fichier n'est pas un classeur XLSX")
            first = min(sheets, key=lambda name: int(re.sub(r"\D", "", name)))
            shared = _Strings().read(archive.read("xl/sharedStrings.xml")) if "xl/sharedStrings.xml" in names else []
            dates = _Styles().read(archive.read("xl/styles.xml")) if "xl/styles.xml" in names else []
            return _Sheet(shared, dates).read(archive.read(first))
    except (zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError, EOFError, OSError):
        raise UnreadableWorkbook("le fichier n'est pas un classeur XLSX") from None


class _Reader:
    """Walks an XML part; a document type is refused, so there are no entities."""

    def __init__(self) -> None:
        self._text: list[str] = []

    def walk(self, content: bytes) -> None:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._refuse
        parser.StartElementHandler = lambda name, attributes: self.start(name.rpartition(" ")[2], attributes)
        parser.EndElementHandler = lambda name: self.end(name.rpartition(" ")[2])
        parser.CharacterDataHandler = self._text.append
        try:
            parser.Parse(content, True)
        except expat.ExpatError:
            raise UnreadableWorkbook("le classeur est abîmé") from None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""

    def end(self, name: str) -> None:
        """An element ends."""

    def take_text(self) -> str:
        """The text since the last call."""
        text = "".join(self._text)
        self._text.clear()
        return text

    def _refuse(self, *_: object) -> None:
        raise UnreadableWorkbook("le classeur déclare un type de document")


class _Strings(_Reader):
    """The strings that cells share."""

    def read(self, content: bytes) -> list[str]:
        self._strings: list[str] = []
        self._parts: list[str] = []
        self.walk(content)
        return self._strings

    def start(self, name: str, attributes: dict[str, str]) -> None:  # noqa: ARG002
        if name == "t":
            self.take_text()

    def end(self, name: str) -> None:
        if name == "t":
            self._parts.append(self.take_text())
        elif name == "si":
            self._strings.append("".join(self._parts))
            self._parts = []


class _Styles(_Reader):
    """Which cell styles show a day."""

    def read(self, content: bytes) -> list[bool]:
        self._formats: set[int] = set(_DATE_FORMATS)
        self._styles: list[bool] = []
        self._is_cells = False
        self.walk(content)
        return self._styles

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "numFmt":
            code = re.sub(r'"[^"]*"|\[[^\]]*\]', "", attributes.get("formatCode", "")).lower()
            if "d" in code and "y" in code:
                self._formats.add(_integer(attributes.get("numFmtId")))
        elif name == "cellXfs":
            self._is_cells = True
        elif name == "xf" and self._is_cells:
            self._styles.append(_integer(attributes.get("numFmtId")) in self._formats)

    def end(self, name: str) -> None:
        if name == "cellXfs":
            self._is_cells = False


class _Sheet(_Reader):
    """The cells of a sheet."""

    def __init__(self, shared: list[str], dates: list[bool]) -> None:
        super().__init__()
        self._shared = shared
        self._dates = dates

    def read(self, content: bytes) -> list[list[str]]:
        self._rows: list[list[str]] = []
        self._kind, self._is_date, self._column, self._value = "", False, 0, ""
        self.walk(content)
        return self._rows

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "row":
            if len(self._rows) >= ROWS_MAX:
                raise UnreadableWorkbook("le classeur a trop de lignes")
            self._rows.append([])
        elif name == "c":
            place = _CELL.fullmatch(attributes.get("r", ""))
            self._column = _column(place[1]) if place else len(self._rows[-1])
            self._kind, self._value = attributes.get("t", "n"), ""
            style = _integer(attributes.get("s"))
            self._is_date = 0 <= style < len(self._dates) and self._dates[style]
        elif name in ("v", "t"):
            self.take_text()

    def end(self, name: str) -> None:
        if name in ("v", "t"):
            self._value += self.take_text()
        elif name == "c" and self._rows and self._column < COLUMNS_MAX:
            row = self._rows[-1]
            row.extend([""] * (self._column + 1 - len(row)))
            row[self._column] = self._shown()

    def _shown(self) -> str:
        if self._kind == "s":
            index = _integer(self._value)
            return self._shared[index] if 0 <= index < len(self._shared) else ""
        if self._kind != "n" or not self._value:
            return self._value
        try:
            number = Decimal(self._value)
            if self._is_date:
                return (_EPOCH + timedelta(days=int(number))).isoformat()
            # A sheet keeps binary fractions: 12.3 may be 12.300000000000001.
            return f"{number.quantize(Decimal('0.01')).normalize():f}"
        except (InvalidOperation, OverflowError, ValueError):
            return self._value


def _integer(text: str | None) -> int:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 10 else -1


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
