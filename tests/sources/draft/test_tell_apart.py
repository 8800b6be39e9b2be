from labelassemble.sources.draft.tell_apart import tell_apart
from labelassemble.sources.manifest_file import load_manifest


def test_columns_values_and_terms():
    nih, google = load_manifest("nih_chestxray14"), load_manifest("nih_google")
    said = tell_apart(nih, google, ["Finding Labels", "Image Index"])
    assert "only nih_chestxray14 reads 'Finding Labels'" in said
    assert "'Fracture', 'Pneumothorax'" in said
    said = tell_apart(load_manifest("kits19"), load_manifest("kits23"))
    assert said == "only kits23 has the mask values 3 (cyst)"
    assert "looked for" in tell_apart(load_manifest("busi"), load_manifest("tb_chest_radiography"))
    assert tell_apart(nih, nih) == ""
