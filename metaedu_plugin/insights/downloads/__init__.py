"""Everything that an instructor's pages show, as files.

`files` writes a table as CSV or Parquet, `tables` makes the tables, `catalogue` lists them with what each is.
"""
