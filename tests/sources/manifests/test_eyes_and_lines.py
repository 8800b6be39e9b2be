"""Several columns of a table that mean one class, and names that two sets of eyes share."""

CLIP = (
    "StudyInstanceUID,ETT - Abnormal,ETT - Borderline,ETT - Normal,NGT - Abnormal,"
    "NGT - Borderline,NGT - Incompletely Imaged,NGT - Normal,CVC - Abnormal,CVC - Borderline,"
    "CVC - Normal,Swan Ganz Catheter Present,PatientID\n"
)


def test_a_device_is_there_however_it_lies_and_denied_where_no_column_has_it(read):
    found = read(
        "ranzcr_clip",
        {"train.csv": f"{CLIP}1.2.9,0,0,0,0,0,1,0,1,0,1,0,p1\n"},
        missing_images="keep",
    )
    said = found.found("1.2.9")
    assert said["nasogastric_tube"] == said["central_venous_catheter"] == "+"
    assert said["endotracheal_tube"] == "-"
    assert said["support_devices"] == "+"


def test_who_denies_one_vein_has_not_ruled_out_another(read):
    head = "ID,Disease_Risk,DR,ARMD,MH,DN,BRVO,CRVO,CRAO,BRAO,ODC,CWS\n"
    rows = "1,1,0,0,0,0,0,1,0,0,0,0\n2,0,0,0,0,0,0,0,0,0,0,0\n"
    found = read("rfmid", {"RFMiD_Training_Labels.csv": head + rows}, missing_images="keep")
    assert found.found("1")["retinal_vascular_occlusion"] == "+"
    assert found.found("2")["retinal_vascular_occlusion"] == "-"


def test_grades_of_messidor_are_its_own(read):
    head = "Image name,Ophthalmologic department,Retinopathy grade,Risk of macular edema\n"
    row = "20051019_38557_0100_PP.tif,x,3,0\n"
    found = read("messidor", {"Annotation_Base11.csv": head + row}, missing_images="keep")
    said = found.found("20051019_38557_0100_PP.tif")
    assert said == {"diabetic_retinopathy": "+", "hard_exudate": "-"}
