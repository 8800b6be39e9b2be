"""How files are written and read: whole or not at all, by one command at a time, and as written.

``write_aside`` puts a file or a folder in place by one rename, ``hold_folder`` keeps a second
command out, ``sums`` writes checksums and reads nothing that they do not fit.
"""
