"""Files as tables: CSV in any usual encoding and workbooks are read, CSV and XLSX are written."""
