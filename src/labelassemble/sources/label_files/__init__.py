"""Readers of labels that stand in files of other kinds than tables: from files to rows."""
