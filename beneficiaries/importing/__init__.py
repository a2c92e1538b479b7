"""Reading a 困难职工台账: pure functions from the cells of a workbook to rows and problems."""
