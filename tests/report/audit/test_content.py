def test_a_class_without_a_title_is_shown_as_it_is(content):
    assert content.title_of("mass") == "Mass"
    assert content.title_of("lung_opacity") == "lung_opacity"
