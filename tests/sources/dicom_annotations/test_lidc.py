"""LIDC-IDRI's reading sessions, on series and in XML made here."""

import numpy as np
import pytest
import SimpleITK

from labelassemble.detection.open_cases import open_annotated
from labelassemble.errors import ImageError
from labelassemble.files.series_path import write_series
from labelassemble.pipeline.assemble_sources import assemble_sources
from labelassemble.pipeline.check_source import check_source
from labelassemble.settings import Recipe
from labelassemble.sources.assessments import NEGATIVE, POSITIVE
from labelassemble.sources.label_files.read_lidc import list_nodules, parse_lidc
from labelassemble.volumes.outline_mask import OutlineMask
from labelassemble.volumes.read_volume import open_volume


def ring(left, top, right, bottom):
    """Pixels of a rectangle's border in order, as outlines are written."""
    points = [(column, top) for column in range(left, right)]
    points += [(right, row) for row in range(top, bottom)]
    points += [(column, bottom) for column in range(right, left, -1)]
    return points + [(left, row) for row in range(bottom, top, -1)]


def roi(z, points, inclusion="TRUE"):
    edges = "".join(
        f"<edgeMap><xCoord>{x}</xCoord><yCoord>{y}</yCoord></edgeMap>" for x, y in points
    )
    return (
        f"<roi><imageZposition>{z}</imageZposition><imageSOP_UID>1.2</imageSOP_UID>"
        f"<inclusion>{inclusion}</inclusion>{edges}</roi>"
    )


def nodule(*rois):
    inside = "<characteristics><malignancy>4</malignancy></characteristics>" + "".join(rois)
    return f"<unblindedReadNodule><noduleID>N</noduleID>{inside}</unblindedReadNodule>"


OTHER = (
    "<nonNodule><nonNoduleID>9</nonNoduleID><imageZposition>1</imageZposition>"
    "<locus><xCoord>2</xCoord><yCoord>3</yCoord></locus></nonNodule>"
)


def write(path, series, sessions, root="LidcReadMessage", session="readingSession"):
    inside = "".join(
        f"<{session}><servicingRadiologistID>anonymous</servicingRadiologistID>{one}</{session}>"
        for one in sessions
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n<' + root + ' xmlns="http://www.nih.gov">'
        f"<ResponseHeader><SeriesInstanceUid>{series}</SeriesInstanceUid></ResponseHeader>"
        f"{inside}</{root}>"
    )
    return path


def z_of(study, place):
    return float(study.slices[place].ImagePositionPatient[2])


@pytest.fixture
def scans(tmp_path, make_study):
    first, second, third = (make_study(tmp_path / "LIDC-IDRI", f"LIDC-{n}") for n in range(3))
    big = nodule(roi(z_of(first, 2), ring(4, 5, 10, 11)), roi(z_of(first, 3), ring(5, 6, 9, 10)))
    less = nodule(
        roi(z_of(first, 2), ring(5, 5, 10, 11)), roi(z_of(first, 2), ring(6, 7, 9, 9), "FALSE")
    )
    point = nodule(roi(z_of(first, 1), [(3, 3)])).replace("<malignancy>4</malignancy>", "")
    below = tmp_path / "tcia-lidc-xml" / "157"
    write(below / "158.xml", first.uid, [big, less, OTHER, ""])
    write(below / "159.xml", second.uid, ["", point, OTHER, ""])
    write(third.folder / "069.xml", third.uid, ["", "", "", ""])
    write(below / "x.xml", "9.9", [""], "IdriReadMessage", "CXRreadingSession")
    return tmp_path, first, second, third


def test_every_reader_is_a_reading(scans):
    folder, first, second, third = scans
    found = check_source("lidc_idri", folder)
    assert not found.problems
    table = found.table
    assert table is not None
    said = table.list_assessments()
    of = {
        image: dict(said.filter(image=image).select("reader", "assessment").iter_rows())
        for image in (first.uid, second.uid, third.uid)
    }
    assert of[first.uid] == {
        "reader 1": "positive",
        "reader 2": "positive",
        "reader 3": "negative",
        "reader 4": "negative",
    }
    assert of[second.uid]["reader 2"] == "uncertain"
    assert set(of[third.uid].values()) == {"negative"}
    patients = dict(table.images.select("image", "patient").iter_rows())
    assert patients[second.uid] == "LIDC-1"
    assert "another modality" in str(table.excluded["reason"].to_list())


@pytest.mark.parametrize("drawn_by", [1, 2])
def test_outlines_voxel_by_voxel(scans, tmp_path, drawn_by):
    folder, first, _, third = scans
    (folder / "m.toml").write_text(
        f'extends = "lidc_idri"\nname = "mine"\n[labels]\ndrawn_by = {drawn_by}\n'
    )
    recipe = Recipe.model_validate(
        {
            "name": "Toy",
            "output": tmp_path / "out",
            "classes": ("nodule",),
            "assembly": {"allow_unscored_classes": True, "readers": "any"},
            "sources": [{"name": "own", "manifest": str(folder / "m.toml"), "folder": folder}],
            "detection": {
                "task": "detection",
                "volumes": {"spacing_mm": None, "window_hu": (-1000.0, 400.0)},
            },
        }
    )
    table = assemble_sources(recipe)
    names = table.records["record"].to_list()
    annotated = open_annotated(recipe, table, names, store=None, drawn_on=set(names))
    one, other = (np.zeros((24, 20, 6), dtype=bool) for _ in range(2))
    one[5:10, 6:11, 2] = True
    one[6:9, 7:10, 3] = True
    other[6:10, 6:11, 2] = True
    other[7:9, 8, 2] = False
    true = (one.astype(int) + other >= drawn_by)[::-1, ::-1]
    state = annotated[f"own/{first.uid}"].state()[0]
    assert np.array_equal(state == POSITIVE, true)
    assert (state[~true] == NEGATIVE).all()
    assert not (annotated[f"own/{third.uid}"].state() == POSITIVE).any()


def test_a_scan_of_luna16_is_the_series_that_it_was_made_from(scans, tmp_path):
    folder, first, second, _ = scans
    luna = tmp_path / "luna"
    (luna / "subset0").mkdir(parents=True)
    rows = ["seriesuid,coordX,coordY,coordZ,diameter_mm"]
    for study in (first, second):
        volume = open_volume(study.folder / f"#series/{study.uid}")
        image = SimpleITK.GetImageFromArray(volume.read(0, 6).transpose(2, 1, 0))
        image.SetSpacing((0.7, 0.8, 2.5))
        image.SetOrigin(study.origin.tolist())
        SimpleITK.WriteImage(image, str(luna / "subset0" / f"{study.uid}.mhd"))
    x, y, z = first.point(7, 8, 2)
    (luna / "annotations.csv").write_text("\n".join([*rows, f"{first.uid},{x},{y},{z},3.0\n"]))
    content = {
        "name": "Toy",
        "output": tmp_path / "out",
        "classes": ("nodule",),
        "assembly": {"allow_unscored_classes": True},
        "sources": [
            {"name": "luna", "manifest": "luna16", "folder": luna},
            {"name": "lidc", "manifest": "lidc_idri", "folder": folder},
        ],
        "detection": {
            "task": "detection",
            "volumes": {"spacing_mm": None, "window_hu": (-1000.0, 400.0)},
        },
    }
    recipe = Recipe.model_validate(content)
    table = assemble_sources(recipe)
    assert table.records.height == 3
    assert table.members.height == 5
    patients = dict(table.records.select("record", "patient").iter_rows())
    assert patients[f"luna/{first.uid}"] == "lidc/LIDC-0"
    name = f"luna/{first.uid}"
    ground = open_annotated(recipe, table, [name], store=None, drawn_on={name})[name]
    # The ball of the one and the outlines of the other.
    assert ground.state()[0][::-1, ::-1][7, 8, 2] == POSITIVE
    assert ground.state()[0][::-1, ::-1][5:10, 6:11, 2].min() == POSITIVE


def test_bad_files_are_told_and_the_others_are_read(scans):
    folder, first, _, _ = scans
    below = folder / "tcia-lidc-xml" / "157"
    text = (below / "158.xml").read_text()
    (below / "cut.xml").write_text(text[: len(text) // 2])
    (below / "page.xml").write_text("<html><body/></html>")
    write(below / "again.xml", first.uid, ["", ""])
    (below / "bomb.xml").write_text('<!DOCTYPE a [<!ENTITY b "c">]><a/>')
    found = check_source("lidc_idri", folder)
    told = " ".join(map(str, found.problems))
    for part in ("cut.xml", "page.xml", "two of", "declares entities"):
        assert part in told
    assert found.table is not None
    assert found.table.images.height == 3


def test_tables_alone_and_scans_that_are_not_there(scans):
    folder, first, _, _ = scans
    for path in first.folder.glob("*.dcm"):
        path.unlink()
    (problem,) = check_source("lidc_idri", folder).problems
    assert "1 of the 3 images has no file" in str(problem)
    assert not check_source("lidc_idri", folder, missing_images="keep").problems
    assert check_source("lidc_idri", folder / "LIDC-IDRI" / "LIDC-1").problems


def test_an_outline_beside_its_slices_is_an_error(scans, tmp_path):
    folder, first, _, _ = scans
    write(
        folder / "tcia-lidc-xml" / "157" / "158.xml",
        first.uid,
        [nodule(roi(z_of(first, 2) + 1.2, ring(4, 5, 10, 11)))],
    )
    (problem,) = check_source("lidc_idri", folder).problems
    assert "1 file of 1 that were looked at with outlines beside them" in str(problem)
    assert "158.xml: one at" in str(problem)
    path = folder / "tcia-lidc-xml" / "157" / "158.xml"
    sessions = parse_lidc(path.read_bytes(), path).sessions
    grid = open_volume(first.folder / f"#series/{first.uid}").geometry
    assert write_series(first.folder, first.uid).endswith(f"/#series/{first.uid}")
    with pytest.raises(ImageError, match="outlines on the slices of their volume"):
        OutlineMask(list_nodules(sessions), 1, "outlines").draw(grid)


def test_segments_as_on_idc_are_read_where_there_is_no_xml(tmp_path, make_study, draw_masks):
    first, second = (make_study(tmp_path, f"LIDC-{n}") for n in range(2))
    seg = first.write_seg(draw_masks(2), ["Nodule 1 - Annotation IL057", "Nodule 1 - Annotation 7"])
    first.write_report(seg, [("Malignancy", "5 out of 5")])
    found = check_source("lidc_idri", tmp_path)
    assert not found.problems
    assert {one: counts[:2] for one, counts in found.cells.items() if one == "nodule"} == {
        "nodule": (1, 0)
    }
    write(tmp_path / "1.xml", first.uid, ["", "", "", ""])
    write(tmp_path / "2.xml", second.uid, ["", "", "", ""])
    assert check_source("lidc_idri", tmp_path).cells["nodule"][:2] == (0, 2)
