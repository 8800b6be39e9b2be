"""A source's files in, one `LabelTable` out.

A manifest (TOML) says how a source writes its labels; `read.read_source` makes of its tables or
folders who is on which image (`images`), what was said about it in the source's own words
(`assessments`), what was looked for (`scope`), and which rows were left out and why (`excluded`).
"""
