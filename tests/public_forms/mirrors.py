"""Sets as mirrors pass them on: copied into themselves, folders and columns called otherwise."""

from dataclasses import replace

from tests.public_forms import chest_diseases, mimic_and_padchest, other_regions
from tests.public_forms.form import SILENT, UNREAD
from tests.public_forms.other_regions import OCT

BY_NAME = {
    form.name: form
    for form in (*chest_diseases.FORMS, *mimic_and_padchest.FORMS, *other_regions.FORMS)
}


def change(name, new, what, before, of, to, header=("", ""), **others):
    """A form with a part of all paths called otherwise, or the first line of its tables."""
    form = BY_NAME[name]
    tables = {
        path.replace(of, to): content.replace(*header, 1) if isinstance(content, str) else content
        for path, content in form.tables.items()
    }
    images = tuple(path.replace(of, to) for path in form.images)
    return replace(form, name=new, what=what, before=before, tables=tables, images=images, **others)


FORMS = (
    replace(
        OCT, name="kermany_oct_again", what="a part of it inside itself, and one image more",
        before=SILENT,
        images=(
            "train/CNV/CNV-1016042-1.jpeg", "train/DME/DME-1072015-1.jpeg",
            "test/DRUSEN/DRUSEN-1083159-1.jpeg", "OCT2017/train/CNV/CNV-1016042-1.jpeg",
            "OCT2017/val/NORMAL/NORMAL-1025847-2.jpeg",
        ),
        told=("1 image file a second time",),
    ),
    replace(
        OCT, name="kermany_oct_small", what="all names in small letters, valid/ for val/",
        before=UNREAD, images=tuple(one.lower().replace("/val/", "/valid/") for one in OCT.images),
    ),
    change("busi", "busi_capitals", "classes in capitals, underscores for blanks", SILENT,
           "benign (", "Benign_(", says={
               key.replace("benign (", "benign_("): said
               for key, said in BY_NAME["busi"].says.items()
           }),
    change("openi_xml", "openi_reports", "reports in a folder of another name", UNREAD,
           "ecgen-radiology/", "reports/"),
    change("mimic_files", "mimic_renamed", "MIMIC-CXR-JPG, tables called 2.1.0", UNREAD,
           "2.0.0", "2.1.0"),
    change("aptos", "aptos_image_level", "columns image and level", UNREAD, "", "",
           ("id_code,diagnosis", "image,level")),
    change("eyepacs", "eyepacs_id_code", "columns id_code and diagnosis", UNREAD, "", "",
           ("image,level", "id_code,diagnosis")),
    change("ham_kaggle", "ham_isic_id", "columns isic_id, diagnosis and age_approx", UNREAD, "", "",
           ("image_id,dx,dx_type,age", "isic_id,diagnosis,dx_type,age_approx")),
)  # fmt: skip
