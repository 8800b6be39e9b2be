from dataclasses import replace

import numpy as np

from labelassemble_phantoms.chest_findings import (
    add_findings,
    heart_growth,
    shape_changes,
    vessel_growth,
)
from labelassemble_phantoms.finding_model import FINDINGS, VISIBLE_SEVERITY


def severities(**of):
    return np.array([of.get(name, 0.0) for name in FINDINGS])


def test_masks_stand_in_the_order_of_the_findings(lay_out, draw, patient):
    layout = lay_out()
    for index, name in enumerate(FINDINGS):
        masks = add_findings(draw(layout), layout, patient.sites, severities(**{name: 0.8}))
        assert masks.any(axis=(1, 2)).tolist() == [number == index for number in range(8)]


def test_what_is_below_the_limit_changes_the_tissue_but_has_no_mask(lay_out, draw, patient):
    layout = lay_out()
    for name in FINDINGS:
        tissue = draw(layout)
        at_limit = severities(**{name: VISIBLE_SEVERITY})
        assert not add_findings(tissue, layout, patient.sites, at_limit).any()
        if name != "cardiomegaly":
            assert not np.array_equal(tissue.lung_water, draw(layout).lung_water)


def test_fluid_hides_what_it_covers(lay_out, draw, patient):
    layout = lay_out()
    low = replace(
        patient.sites,
        nodules=np.array([[-1.0, 0.6, 0.9]]),
        nodule_size=np.array([1.0]),
        mass=np.array([1.0, 0.5, 0.4]),
        effusion_share=(1.0, 0.0),
    )
    masks = add_findings(draw(layout), layout, low, severities(effusion=0.8, nodule=0.8, mass=0.8))
    seen = dict(zip(FINDINGS, masks.any(axis=(1, 2)), strict=True))
    assert (seen["effusion"], seen["nodule"], seen["mass"]) == (True, False, True)
    dry = add_findings(draw(layout), layout, low, severities(nodule=0.8))
    assert dry[FINDINGS.index("nodule")].any()


def test_an_invisible_trace_of_air_hides_only_where_it_is(lay_out, draw, patient):
    layout = lay_out()
    amounts = severities(pneumothorax=0.15, consolidation=0.9)
    masks = add_findings(draw(layout), layout, patient.sites, amounts)
    assert not masks[FINDINGS.index("pneumothorax")].any()
    assert masks[FINDINGS.index("consolidation")].any()


def test_the_hearts_mask_is_its_silhouette(lay_out, draw, patient):
    layout = lay_out(heart_growth=heart_growth(0.8))
    mask = add_findings(draw(layout), layout, patient.sites, severities(cardiomegaly=0.8))[
        FINDINGS.index("cardiomegaly")
    ]
    columns = layout.film.x[0, mask.any(axis=0)]
    assert columns.max() > -columns.min() > 0
    assert layout.t[mask.any(axis=1), 0].min() > 0.4


def test_growth_is_1_without_illness_and_rises():
    assert heart_growth(0.0) == vessel_growth(0.0) == 1.0
    assert heart_growth(1.0) > heart_growth(0.5) > 1.1
    assert vessel_growth(1.0) > vessel_growth(0.5) > 1.1


def test_collapse_raises_its_dome_and_pulls_while_fluid_and_air_push(patient):
    left = np.array([[1.0, 0.5, 0.8]])
    lobar = replace(patient.sites, plates=left, plate_angle=np.array([0.0]), lobar_collapse=True)
    plates = replace(lobar, lobar_collapse=False)
    (right_dome, left_dome), pull = shape_changes(lobar, severities(atelectasis=1.0))
    assert right_dome == 0
    assert left_dome > 20
    assert pull > 5
    assert shape_changes(plates, severities(atelectasis=1.0))[0][1] < left_dome
    right_fluid = replace(patient.sites, effusion_share=(1.0, 0.0), pneumothorax_side=-1)
    assert shape_changes(right_fluid, severities(effusion=1.0))[1] > 3
    assert shape_changes(right_fluid, severities(pneumothorax=1.0))[1] > 3
    assert shape_changes(right_fluid, severities())[1] == 0
