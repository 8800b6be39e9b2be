"""The code of this repository: the package, and the optional one beside it."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "labelassemble"
PHANTOMS = ROOT / "phantoms" / "src" / "labelassemble_phantoms"
CODE_FILES = [path for one in (PACKAGE, PHANTOMS) for path in sorted(one.rglob("*.py"))]
