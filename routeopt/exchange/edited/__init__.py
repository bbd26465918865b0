"""Reading plans that a person edited in a workbook, CSV or GeoJSON file."""
