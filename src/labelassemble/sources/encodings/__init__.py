"""The ways in which sources write labels, one file each.

Each file holds the keys of one encoding in a manifest; `registry` lists them. What its rows mean
stands in `statements/`, and how its own files are read, if it has any, in `label_files/`.
"""
