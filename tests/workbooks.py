# SPDX-License-Identifier: EUPL-1.2
"""Workbooks as openpyxl reads them, which shares no code with what writes them."""

import io

from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet


def sheet_of(content: bytes) -> Worksheet:
    """The one sheet of a workbook."""
    (sheet,) = load_workbook(io.BytesIO(content)).worksheets
    return sheet


def cells_of(content: bytes) -> list[tuple[object, ...]]:
    """The values of its cells, row by row."""
    return list(sheet_of(content).iter_rows(values_only=True))
