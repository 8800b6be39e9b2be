"""DICOM files that labels may be of: which of them count, and why the others do not."""

from dataclasses import replace
from typing import Final, NamedTuple

import polars as pl

from labelassemble.errors import plural, some
from labelassemble.sources.header_rules import HeaderRules
from labelassemble.sources.image_folder import ImageFolder
from labelassemble.sources.judge_headers import UNREADABLE_HEADER, find_no_images, judge_headers
from labelassemble.sources.passed_over import PASSED_OVER
from labelassemble.sources.problems import Problems

NO_HEADER: Final = "no DICOM file: no header says which study it is of"
_COPY: Final = "the same object again: another file has its SOPInstanceUID"


class StudyFiles(NamedTuple):
    """The DICOM files of a source.

    Attributes:
        headers: ``dicom_headers.HEADERS`` of the files that count, with a column ``image``: the
            path below the folder of the images; sorted by it.
        passed: ``PASSED_OVER``: files that do not count, and why.
    """

    headers: pl.DataFrame
    passed: pl.DataFrame

    def pass_over(self, reason: pl.Series) -> "StudyFiles":
        """Take out the files that have a reason; null keeps one."""
        kept = reason.is_null()
        lost = pl.DataFrame({"reason": reason, "file": self.headers["image"]}, schema=PASSED_OVER)
        return StudyFiles(self.headers.filter(kept), pl.concat([self.passed, lost.filter(~kept)]))


def find_study_files(
    files: ImageFolder, headers: pl.DataFrame, rules: HeaderRules, problems: Problems
) -> StudyFiles:
    """Find the DICOM files that count; each object once.

    Args:
        files: all image files there are.
        headers: of those that are DICOM.
        rules: which of them count.
        problems: takes objects that stand in several files as other patients' or studies'.
    """
    named = headers.with_columns(files.name(headers["path"]).alias("image")).sort("image")
    bare = files.names.filter(~files.names.is_in(named["image"].implode()))
    no_header = pl.DataFrame({"reason": [NO_HEADER] * len(bare), "file": bare}, schema=PASSED_OVER)
    found = StudyFiles(named, no_header)
    found = found.pass_over(find_no_images(found.headers))
    whole = found.headers
    found = found.pass_over(judge_headers(whole, rules))
    _tell_mixed(whole, found.headers, problems)
    uid = pl.col("SOPInstanceUID")
    several = found.headers.filter(uid.is_not_null() & uid.is_duplicated())
    if several.is_empty():
        return found
    facts = ("patient", "AccessionNumber", "StudyInstanceUID", "SeriesInstanceUID")
    odd = several.filter(pl.any_horizontal(pl.col(one).n_unique().over(uid) > 1 for one in facts))
    if odd.height:
        first = odd.filter(uid == odd["SOPInstanceUID"][0])
        count = odd["SOPInstanceUID"].n_unique()
        problems.note(
            "one patient and study for each SOPInstanceUID",
            f"{plural(count, 'SOPInstanceUID')} in several files of other patients or studies",
            "Find out which of the files is right, and take the other out",
            count=count,
            example=some(first["image"], 2),
        )
    again = pl.when(uid.is_not_null() & ~uid.is_first_distinct()).then(pl.lit(_COPY))
    return found.pass_over(found.headers.select(reason=again)["reason"])


def pass_over_objects(files: ImageFolder, headers: pl.DataFrame) -> ImageFolder:
    """Take the DICOM objects that hold no image out of a folder's image files.

    Args:
        files: all image files there are.
        headers: of those that are DICOM. What may be a damaged image stays.
    """
    reason = find_no_images(headers, sure=True)
    known = (reason != UNREADABLE_HEADER).fill_null(False)
    if not known.any():
        return files
    names = files.name(headers["path"].filter(known))
    lost = pl.DataFrame({"reason": reason.filter(known), "file": names}, schema=PASSED_OVER)
    return replace(
        files,
        names=files.names.filter(~files.names.is_in(names.implode())),
        passed=pl.concat([files.passed, lost]).sort("reason", "file"),
    )


def _tell_mixed(whole: pl.DataFrame, kept: pl.DataFrame, problems: Problems) -> None:
    """Remark on studies with images of several patients, those that do not count included."""
    study, who = pl.col("StudyInstanceUID"), pl.col("patient")
    named = whole.drop_nulls(["StudyInstanceUID", "patient"])
    mixed = named.filter(who.n_unique().over(study) > 1).sort("StudyInstanceUID", "image")
    if mixed.is_empty():
        return
    count = mixed["StudyInstanceUID"].n_unique()
    counted = kept.join(mixed, on="image", how="semi").drop_nulls("patient")
    within = counted.group_by(study).agg(who.n_unique()).filter(who > 1).height
    one = mixed["StudyInstanceUID"][0]
    theirs = mixed.filter(study == one)["patient"].unique().sort()
    where = (
        "not among those that count, but images may have got into the wrong study"
        if not within
        else f"in {within:,} of them among those that count"
    )
    problems.remark(
        f"{plural(count, 'study', 'studies')} with images of several patients by their headers, "
        f"{where}",
        "Find out whose the study is, and correct the headers or leave it out: its labels speak of "
        "one person",
        count=count,
        example=f"{one}: PatientID {some(theirs, 3)}",
    )
