import numpy as np

from labelassemble_phantoms.chest_bones import draw_bones, draw_spine, rib_lines


def test_back_parts_run_outwards_and_front_parts_come_back_below(lay_out):
    layout = lay_out()
    back, front = rib_lines(layout, back=True), rib_lines(layout, back=False)
    assert back.shape == front.shape == (22, 14, 2)
    assert (np.abs(back[:, -1, 0]) > np.abs(back[:, 0, 0]) + 40).all()
    assert (np.abs(front[1:10, -1, 0]) < np.abs(front[1:10, 0, 0])).all()
    assert (front[:, -1, 1] > back[:, 0, 1]).all(), "ribs fall to the front"
    assert (np.diff(back[:11, 0, 1]) > 0).all()


def test_ribs_of_both_sides_mirror_each_other_until_the_person_turns(lay_out):
    lines = rib_lines(lay_out(), back=True)
    assert np.allclose(lines[:11] * [-1, 1], lines[11:])
    turned = rib_lines(lay_out(rotation=5.0), back=False)
    assert not np.allclose(turned[:11] * [-1, 1], turned[11:])


def test_ribs_look_flatter_in_bed(lay_out):
    standing = rib_lines(lay_out(), back=True)
    lying = rib_lines(lay_out(view="AP"), back=True)
    assert (np.ptp(lying[4, :, 1])) < np.ptp(standing[4, :, 1])


def test_bone_is_where_bone_is(lay_out):
    layout = lay_out(size=128)
    bones = draw_bones(layout)
    film = layout.film
    assert bones.min() >= 0
    between = (np.abs(film.x) < 110) & (np.abs(film.x) > 40) & (layout.t > 0.1) & (layout.t < 0.9)
    assert 0.1 < (bones[between] > 0.2).mean() < 0.9, "ribs with spaces between them"
    belly = (layout.t > 1.25) & (np.abs(film.x) > 60) & (np.abs(film.x) < 110)
    assert bones[belly].max() < 0.05


def test_the_spine_is_a_column_with_vertebrae(lay_out):
    layout = lay_out(size=256)
    spine = draw_spine(layout)
    inside = np.abs(layout.film.x - layout.spine) < 12
    outside = np.abs(layout.film.x - layout.spine) > 30
    assert spine[inside].min() > 0.2
    assert spine[outside].max() < 0.02
    middle = spine[:, 128]
    turns = np.sum(np.diff(np.sign(np.diff(middle))) != 0)
    assert turns > 20, "bodies and discs take turns"
