"""Imports of torch without a search for garbage among what they make, then or at the end."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def import_quickly() -> Iterator[None]:
    """Look for no garbage meanwhile, and never among the objects that are there afterwards.

    Importing torch makes half a million objects that stay. Python looks through them again and
    again while they are made, and when it ends, for a quarter of the time that predicting for one
    image takes. Where torch is there already nothing is done.
    """
    if "torch" in sys.modules or not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
