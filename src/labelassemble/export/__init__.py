"""An assembled table leaves the project: in the forms that others read.

Each form is a pure function of the table; ``choose_records`` and ``relative_paths`` come before
it, ``write_files`` after it. What each form cannot hold is in ``docs/exports.md``.
"""
