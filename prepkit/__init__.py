"""prepkit: a workbook for interview coaching."""
