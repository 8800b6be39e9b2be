"""The ways in which sources write labels, one file each.

Each file holds the settings of one encoding and what its rows state; `registry` lists them. A
further way of writing labels is a further file here, and a line there.
"""
