"""Excel files, as small as they can be."""

from collections.abc import Sequence
from pathlib import Path
from zipfile import ZipFile

SCHEMAS = "http://schemas.openxmlformats.org"
OFFICE, TYPES = (
    f"{SCHEMAS}/officeDocument/2006/relationships",
    "application/vnd.openxmlformats-officedocument.spreadsheetml",
)
PARTS = {
    "[Content_Types].xml": (
        f'<Types xmlns="{SCHEMAS}/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{TYPES}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{TYPES}.worksheet+xml"/></Types>'
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{SCHEMAS}/package/2006/relationships">'
        f'<Relationship Id="r1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        f'<workbook xmlns="{SCHEMAS}/spreadsheetml/2006/main" xmlns:r="{OFFICE}">'
        '<sheets><sheet name="jobs" sheetId="1" r:id="r1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{SCHEMAS}/package/2006/relationships">'
        f'<Relationship Id="r1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
    ),
}


def write_workbook(path: Path, rows: Sequence[Sequence[str | float | None]]) -> None:
    """Write rows to the only sheet of a new file."""
    lines = "".join(f"<row>{''.join(map(_cell, row))}</row>" for row in rows)
    sheet = f'<worksheet xmlns="{SCHEMAS}/spreadsheetml/2006/main"><sheetData>{lines}</sheetData></worksheet>'
    with ZipFile(path, "w") as file:
        for name, text in (PARTS | {"xl/worksheets/sheet1.xml": sheet}).items():
            file.writestr(name, text)


def _cell(value: str | float | None) -> str:
    if value is None:
        return "<c/>"
    return f'<c t="inlineStr"><is><t>{value}</t></is></c>' if isinstance(value, str) else f"<c><v>{value}</v></c>"
