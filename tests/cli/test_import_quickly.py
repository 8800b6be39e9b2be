import subprocess
import sys

CODE = """
import gc
from labelassemble.cli.import_quickly import import_quickly
with import_quickly():
    assert not gc.isenabled()
    import torch
assert gc.isenabled()
many = gc.get_freeze_count()
with import_quickly():
    assert gc.isenabled()
assert gc.get_freeze_count() == many
print(many)
"""


def test_what_is_imported_is_no_garbage_and_later_objects_may_be() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert int(done.stdout) > 50_000
