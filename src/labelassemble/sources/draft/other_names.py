"""Built-in sources whose table stands in a folder under other names: of columns, of words."""

from collections.abc import Callable, Collection, Mapping
from fnmatch import fnmatchcase
from typing import NamedTuple

import polars as pl

from labelassemble.errors import plural
from labelassemble.sources.columns_read import name_columns
from labelassemble.sources.draft.class_folders import Part, part_of
from labelassemble.sources.draft.image_column import image_stems
from labelassemble.sources.draft.label_columns import LabelNames, name_label_columns
from labelassemble.sources.draft.labels_found import Find
from labelassemble.sources.draft.peek import peek_table
from labelassemble.sources.draft.roles import Roles, guess_roles, is_view
from labelassemble.sources.draft.survey import Survey
from labelassemble.sources.fit_columns import Fit, fit_columns
from labelassemble.sources.forms import list_forms
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.match_names import match_alike

_LINES = 3_000
_ENOUGH = 0.95
_FEW_VALUES = 30
_BY_VALUES = ("table.keep", "subsets.where")
FindIn = Callable[[Manifest], Find]
"""What a manifest's vocabulary knows."""


class OtherNames(NamedTuple):
    """Tables that are a built-in source's but for names.

    Attributes:
        name: of the manifest.
        tables: paths of the tables.
        columns: column as published to what the tables call it.
        words: word as published to how cells spell it.
        separator: what stands between the words of a cell; none: what stands there as published.
        parts: table to the part of the published split that it is; empty: nothing tells it; none:
            the split stands as published.
        said: what tells the source, in words.
    """

    name: str
    tables: tuple[str, ...]
    columns: Mapping[str, str]
    words: Mapping[str, str]
    separator: str | None
    parts: Mapping[str, Part] | None
    said: str


def find_other_names(
    survey: Survey,
    manifests: Mapping[str, Manifest],
    find_in: FindIn,
    only: str | None = None,
) -> list[OtherNames]:
    """Find the built-in sources that tables are under other names.

    Names of images tell them (`recognise.names`), all columns that a manifest cannot do without are
    there, and all words of the cells are its own, whatever their case, blanks and signs.

    Args:
        survey: what lies in the folder.
        manifests: those to try, by name.
        find_in: gives what the vocabulary of a manifest knows.
        only: path of the table that is meant; none: all are looked at.

    Returns:
        One of each manifest; none of those whose tables differ in no name.
    """
    images = [*survey.images, *survey.volumes]
    found = dict[str, OtherNames]()
    for table in survey.tables if only is None else [only]:
        peek = peek_table(survey.folder, table, lines=_LINES)
        if peek is None or peek.header or peek.table.width < 2:
            continue
        called = _stem_columns(peek.table)
        roles = None
        for name, manifest in manifests.items():
            fitting = _list_named(manifest, called)
            if not fitting:
                continue
            roles = roles or guess_roles(peek.table, images)
            if roles is None:
                break
            image = roles.image.column if roles.image.column in fitting else fitting[0]
            called_so = roles._replace(image=roles.image._replace(column=image))
            find = find_in(manifest)
            one = _fit(manifest, table, peek.table, called_so, find)
            if one and not peek.whole and (all_rows := peek_table(survey.folder, table)):
                # Words that are rare stand in no first lines.
                one = _fit(manifest, table, all_rows.table, called_so, find)
            merged = _merge(found.get(name), one)
            if merged is not None:
                found[name] = merged
    told = [_tell_parts(one, manifests[one.name]) for one in found.values()]
    return [
        one for one in told if one.columns or one.words or one.separator or one.parts is not None
    ]


def names_differ(manifest: Manifest, names: pl.Series) -> bool:
    """Whether hardly any image is called as this source's are; false: nobody knows how they are.

    Args:
        manifest: its `recognise.names` is compared.
        names: as a table calls the images.
    """
    pattern = manifest.recognise.names if manifest.recognise else None
    return (
        bool(pattern) and len(names) > 0 and _share(image_stems(names), str(pattern)) < 1 - _ENOUGH
    )


def _stem_columns(table: pl.DataFrame) -> dict[str, pl.Series]:
    """Different values of columns that may name images, without extensions."""
    stems = {name: table[name].filter(table[name] != "").unique() for name in table.columns}
    return {name: image_stems(one) for name, one in stems.items() if len(one)}


def _list_named(manifest: Manifest, called: Mapping[str, pl.Series]) -> list[str]:
    """Columns whose values are called as this source's images are."""
    pattern = manifest.recognise.names if manifest.recognise else None
    if pattern is None or manifest.table is None or not manifest.table.file:
        return []
    return [name for name, stems in called.items() if _share(stems, pattern) >= _ENOUGH]


def _share(stems: pl.Series, pattern: str) -> float:
    """Share of names that a pattern matches, whatever folders stand before."""
    return float(stems.str.contains(rf"^(?:.*/)?(?:{pattern})$").mean() or 0)  # type: ignore[arg-type]


def _fit(
    manifest: Manifest, path: str, table: pl.DataFrame, roles: Roles, find: Find
) -> OtherNames | None:
    forms = (_fit_form(one, path, table, roles, find) for one in list_forms(manifest))
    return next((one for one in forms if one is not None), None)


def _fit_form(
    form: Manifest, path: str, table: pl.DataFrame, roles: Roles, find: Find
) -> OtherNames | None:
    layout = form.table
    if layout is None or not layout.file or layout.header or layout.join or layout.key:
        return None
    # What columns are called in other copies is no reason: each name that differs is written.
    recognise = form.recognise and form.recognise.model_copy(update={"columns": {}})
    plain = form.model_copy(update={"recognise": recognise})
    fit = fit_columns(plain, tuple(table.columns))
    if fit.alien:
        return None
    columns = _name_facts(form, fit, table, roles)
    if columns is None:
        return None
    taken = {*columns.values(), *roles.columns, *fit.renamed.values()}
    labels = name_label_columns(form, fit, table, taken, find)
    if labels is None:
        return None
    columns |= labels.columns
    if len(set(columns.values())) < len(columns):
        return None
    said = _say(form, table, roles, fit, columns, labels)
    return OtherNames(form.name, (path,), columns, labels.words, labels.separator, None, said)


def _name_facts(
    form: Manifest, fit: Fit, table: pl.DataFrame, roles: Roles
) -> dict[str, str] | None:
    """What columns of other kinds than labels are called; none: one is not there."""
    wanted = name_columns(form)
    layout = form.table
    assert layout is not None
    kept = {*layout.keep, *(column for one in form.subsets for column in one.where)}
    asked = [c for c in wanted if c not in fit.found and wanted[c] != "labels"]
    # What is told by its values comes before what is told by what it seems to be.
    asked.sort(key=lambda column: wanted[column] not in _BY_VALUES)
    columns = dict[str, str]()
    for column in asked:
        used = {*fit.found, *fit.renamed.values(), *columns.values()}
        new = _pick(wanted[column], column, form, table, roles, used)
        if new is not None:
            columns[column] = new
        elif column in fit.lost or (column in kept and column not in layout.may_lack):
            return None
    return columns


def _pick(
    key: str, column: str, form: Manifest, table: pl.DataFrame, roles: Roles, used: Collection[str]
) -> str | None:
    """The one column that may be what the manifest means; none: no one, or several."""
    left = [name for name in table.columns if name not in used]
    if key == "table.view":
        may = [name for name in left if is_view(table, name)]
        return may[0] if len(may) == 1 else None
    if key == "split.column" and roles.split:
        there = {one for one in table[roles.split.column].unique() if one}
        return roles.split.column if there <= set(form.split.values) else None
    role = getattr(roles, key.removeprefix("table."), None) if key.startswith("table.") else None
    if role is not None:
        return str(role.column) if role.column in left else None
    keep = form.table.keep.get(column, ()) if form.table else ()
    values = keep or tuple(v for one in form.subsets for v in one.where.get(column, ()))
    if key not in _BY_VALUES or not values:
        return None
    may = [
        name
        for name in left
        if table[name].n_unique() <= _FEW_VALUES
        and any(fnmatchcase(value, one) for value in table[name].unique() for one in values)
    ]
    return may[0] if len(may) == 1 else None


def _merge(before: OtherNames | None, one: OtherNames | None) -> OtherNames | None:
    """Put two tables of one source together; the first alone where their names differ."""
    if before is None or one is None:
        return before or one
    if (before.columns, before.separator) != (one.columns, one.separator):
        return before
    words = {**before.words, **one.words}
    if any(words[word] != new for word, new in before.words.items()):
        return before
    return before._replace(tables=(*before.tables, *one.tables), words=words)


def _tell_parts(found: OtherNames, manifest: Manifest) -> OtherNames:
    """Say which table is which part of a split that files publish, where their names say it."""
    files = manifest.split.files
    if not files or all(
        any(match_alike(one, f"**/{_bare(f)}") for f in files) for one in found.tables
    ):
        return found
    parts = {one: part_of(_bare(one).rpartition(".")[0]) for one in found.tables}
    told = {one: part for one, part in parts.items() if part is not None}
    return found._replace(parts=told if len(told) == len(parts) else {})


def _bare(file: str) -> str:
    return file.replace("**/", "").rpartition("/")[2]


def _say(
    form: Manifest,
    table: pl.DataFrame,
    roles: Roles,
    fit: Fit,
    columns: Mapping[str, str],
    labels: LabelNames,
) -> str:
    """What tells the source, in words."""
    names = table[roles.image.column].unique().sort().to_list()
    parts = [f"images are called as its are ({names[0] or names[-1]})"]
    new = len(columns) + len(fit.renamed)
    if new:
        wanted = len({*fit.wanted, *columns})
        there = len({*fit.found, *columns})
        parts.append(f"{there} of {plural(wanted, 'column')} are there, {new} under another name")
    if labels.said:
        parts.append(labels.said)
    return "; ".join(parts)
