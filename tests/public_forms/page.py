"""The table of forms in docs/sources.md: ``python -m tests.public_forms.page`` writes it."""

from pathlib import Path

from tests.public_forms.form import Form
from tests.public_forms.forms import FORMS

PAGE = Path(__file__).parents[2] / "docs" / "sources.md"
BEGIN = "<!-- Forms: written by tests.public_forms.page. Do not edit. -->\n"
END = "<!-- End of forms. -->\n"


def name_outcome(form: Form) -> str:
    """What reading a form gives, as its tests hold."""
    if form.refused:
        return "refused, with what to do"
    return "read" if form.source else "drafted"


def rewrite_page(page: str) -> str:
    """The page with the table as the forms say it."""
    rows = [
        f"| {form.source or 'none'} | {form.what} | {form.before} | {name_outcome(form)} |\n"
        for form in sorted(FORMS, key=lambda one: (one.source == "", one.source))
    ]
    head = "| source | form | first version | now, as it should be |\n|---|---|---|---|\n"
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n{head}{''.join(rows)}\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    PAGE.write_text(rewrite_page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
