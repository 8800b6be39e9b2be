"""The built-in vocabularies against the terms that public sources publish.

The terms stand as blocks of lines: ``class: term; term``, or terms alone where the class is the
term written with ``_``. ``-`` is what says no finding. A term in ``BY_MANIFEST`` means something
else, or nothing, to `Vocabulary.find`: the manifest of its source maps it, or sets it aside.
"""

from collections import Counter
from pathlib import Path

import pytest

from labelassemble.vocabulary.finding_codes import SCHEMES
from labelassemble.vocabulary.vocabulary import load_vocabulary

NIH = """
atelectasis; cardiomegaly; effusion; infiltration; mass; nodule; pneumonia; pneumothorax
consolidation; edema; emphysema; fibrosis; hernia
pleural_thickening: Pleural_Thickening
"""
CHEXPERT = """
enlarged cardiomediastinum; cardiomegaly; lung opacity; lung lesion; edema; consolidation
pneumonia; atelectasis; pneumothorax; pleural other; fracture; support devices
effusion: Pleural Effusion
-: No Finding
"""
PADCHEST = """
calcified granuloma; granuloma; nodule; multiple nodules; pseudonodule; nipple shadow
fibrotic band; volume loss; pneumothorax; hydropneumothorax; pneumomediastinum
subcutaneous emphysema; flattened diaphragm; air trapping; bronchiectasis; interstitial pattern
consolidation; air bronchogram; air fluid level; atelectasis; total atelectasis; lobar atelectasis
segmental atelectasis; round atelectasis; mediastinal shift; azygos lobe; fissure thickening
minor fissure thickening; major fissure thickening; pleural thickening; apical pleural thickening
calcified pleural thickening; pleural mass; vascular redistribution; central vascular redistribution
hilar enlargement; vascular hilar enlargement; cardiomegaly; pericardial effusion; kerley lines
dextrocardia; aortic atheromatosis; aortic elongation; aortic aneurysm; mediastinal enlargement
superior mediastinal enlargement; goiter; supra aortic elongation; mediastinal mass; hiatal hernia
tracheal shift; breast mass; soft tissue mass; azygoesophageal recess shift; scoliosis; kyphosis
cervical rib; lytic bone lesion; sclerotic bone lesion; blastic bone lesion; axial hyperostosis
osteopenia; osteoporosis; fracture; clavicle fracture; humeral fracture; vertebral fracture
rib fracture; callus rib fracture; gynecomastia; Chilaiditi sign; diaphragmatic eventration
tracheostomy tube; endotracheal tube; gastrostomy tube; nephrostomy tube; catheter
central venous catheter; electrical device; dual chamber device; single chamber device; pacemaker
artificial heart valve; surgery; metal; osteosynthesis material; sternotomy; suture material
bone cement; prosthesis; humeral prosthesis; endoprosthesis; aortic endoprosthesis; mastectomy
external foreign body; calcified fibroadenoma; chronic changes; obesity; double J stent
calcification: calcified densities
calcified_lymphadenopathy: calcified adenopathy
calcified_mediastinal_lymphadenopathy: calcified mediastinal adenopathy
calcified_pleural_plaque: calcified pleural plaques
heart_valve_calcification: heart valve calcified
end_on_vessel: end on vessel
lymphadenopathy: adenopathy
lung_abscess: abscess
lung_cyst: cyst
lung_cavity: cavitation
hypoinflation: hypoexpansion
bulla: bullas
pneumoperitoneum: pneumoperitoneo
hyperinflation: hyperinflated lung
vascular_paucity: lung vascular paucity
infiltration: infiltrates
ground_glass_opacity: ground glass pattern
reticular_pattern: reticular interstitial pattern
reticulonodular_pattern: reticulonodular interstitial pattern
miliary_pattern: miliary opacities
airspace_opacity: alveolar pattern
increased_bronchovascular_markings: bronchovascular markings
lung_opacity: increased density
linear_atelectasis: laminar atelectasis
basal_atelectasis: atelectasis basal
fissural_effusion: loculated fissural effusion
loculated_effusion: loculated pleural effusion
pleural_plaque: pleural plaques
effusion: pleural effusion
empyema: empyema
hemothorax: hemothorax
costophrenic_blunting: costophrenic angle blunting
enlarged_pulmonary_artery: pulmonary artery enlargement
pulmonary_congestion: hilar congestion
right_aortic_arch: right sided aortic arch
descending_aortic_elongation: descendent aortic elongation
ascending_aortic_elongation: ascendent aortic elongation
aortic_knob_enlargement: aortic button enlargement
thoracic_mass: mass
mass: pulmonary mass
esophageal_dilatation: esophagic dilatation
mediastinal_lipomatosis: mediastinic lipomatosis
thoracic_deformity: thoracic cage deformation
pectus_excavatum: pectum excavatum
pectus_carinatum: pectum carinatum
vertebral_degeneration: vertebral degenerative changes
vertebral_compression: vertebral compression
vertebral_wedging: vertebral anterior compression
costochondral_hypertrophy: costochondral junction hypertrophy
sternoclavicular_hypertrophy: sternoclavicular junction hypertrophy
articular_degeneration: non axial articular degenerative changes
subacromial_narrowing: subacromial space narrowing
elevated_hemidiaphragm: hemidiaphragm elevation
nasogastric_tube: NSG tube
chest_tube: chest drain tube
ventriculoperitoneal_shunt: ventriculoperitoneal drain tube
subclavian_venous_catheter: central venous catheter via subclavian vein
jugular_venous_catheter: central venous catheter via jugular vein
umbilical_venous_catheter: central venous catheter via umbilical vein
venous_reservoir: reservoir central venous catheter
implantable_defibrillator: dai
artificial_mitral_valve: artificial mitral heart valve
artificial_aortic_valve: artificial aortic heart valve
breast_prosthesis: mammary prosthesis
breast_surgery: surgery breast
neck_surgery: surgery neck
lung_surgery: surgery lung
heart_surgery: surgery heart
humeral_surgery: surgery humeral
foreign_body: abnormal foreign body
-: unchanged
"""
PADCHEST_DIAGNOSES = """
pneumonia; atypical pneumonia; tuberculosis; lung metastasis; lymphangitis carcinomatosa
lepidic adenocarcinoma; emphysema; respiratory distress; pulmonary hypertension
pulmonary venous hypertension; bone metastasis
inactive_tuberculosis: tuberculosis sequelae
fibrosis: pulmonary fibrosis
radiotherapy_changes: post radiotherapy changes
asbestosis: asbestosis signs
copd: COPD signs
heart_failure: heart insufficiency
pulmonary_arterial_hypertension: pulmonary artery hypertension
edema: pulmonary edema
"""
PADCHEST_STUDIES = """
-: normal; exclude; suboptimal study; radiological finding
"""
# PadChest's 104 places are localizations, a column of their own: a few, against a slip.
PADCHEST_PLACES = """
-: right; left; basal; hilar; lower lobe; costophrenic angle; pleural; rib; humerus; aortic
"""
VINDR_LOCAL = """
aortic enlargement; atelectasis; calcification; cardiomegaly; clavicle fracture; consolidation
edema; emphysema; infiltration; lung opacity; lung cavity; lung cyst; mediastinal shift
pleural thickening; pneumothorax; rib fracture
enlarged_pulmonary_artery: Enlarged PA
interstitial_lung_disease: ILD
nodule_or_mass: Nodule/Mass
effusion: Pleural effusion
fibrosis: Pulmonary fibrosis
-: Other lesion
"""
VINDR_GLOBAL = """
COPD; lung tumor; pneumonia; tuberculosis
-: Other disease; Other diseases; No finding
"""
# Headings, and headings with qualifiers where only these make a finding.
OPENI = """
aortic aneurysm; bronchiectasis; bullous emphysema; calcified granuloma; cardiomegaly; consolidation
diaphragmatic eventration; emphysema; fibrosis; granuloma; granulomatous disease; heart failure
hemopneumothorax; hemothorax; hydropneumothorax; kyphosis; mastectomy; nipple shadow; nodule
osteophyte; osteoporosis; pectus carinatum; pericardial effusion; pneumonectomy; pneumonia
pneumoperitoneum; pneumothorax; pulmonary congestion; sarcoidosis; scoliosis; tuberculosis
volume loss; subcutaneous emphysema
airspace_opacity: Airspace Disease
aortic_atheromatosis: Atherosclerosis/aorta; Atherosclerosis/aorta, thoracic
aortic_elongation: Aorta/tortuous; Aorta, Thoracic/tortuous
aortic_enlargement: Aorta/enlarged; Aorta, Thoracic/enlarged
atelectasis: Pulmonary Atelectasis
breast_prosthesis: Breast Implants
calcification: Calcinosis
cardiomegaly: Cardiac Shadow/enlarged
catheter: Catheters, Indwelling
chilaiditi_sign: Colonic Interposition
copd: Pulmonary Disease, Chronic Obstructive
costophrenic_blunting: Costophrenic Angle/blunted; Costophrenic Angle/left/blunted
costophrenic_blunting: Costophrenic Angle/right/blunted; Costophrenic Angle/bilateral/blunted
diaphragmatic_hernia: Hernia, Diaphragmatic
diffuse_idiopathic_skeletal_hyperostosis: Hyperostosis, Diffuse Idiopathic Skeletal
edema: Pulmonary Edema
effusion: Pleural Effusion
elevated_hemidiaphragm: Diaphragm/elevated; Diaphragm/left/elevated; Diaphragm/right/elevated
emphysema: Pulmonary Emphysema
fibrosis: Pulmonary Fibrosis
flattened_diaphragm: Diaphragm/flattened; Diaphragm/bilateral/flattened
foreign_body: Foreign Bodies
fracture: Fractures, Bone
hiatal_hernia: Hernia, Hiatal
hyperinflation: Lung/hyperdistention
hyperlucent_lung: Lung, Hyperlucent
hypoinflation: Lung/hypoinflation
infiltration: Infiltrate
interstitial_lung_disease: Lung Diseases, Interstitial
lung_cavity: Cavitation
lung_cyst: Cysts/lung
lung_opacity: Opacity; Density/lung
lung_scar: Cicatrix/lung
enlarged_pulmonary_artery: Pulmonary Artery/enlarged
mass: Mass/lung
mediastinal_enlargement: Mediastinum/enlarged; Mediastinum/widened
osteopenia: Bone Diseases, Metabolic
pectus_excavatum: Funnel Chest
pleural_thickening: Thickening/pleura
pulmonary_hypertension: Hypertension, Pulmonary
support_devices: Implanted Medical Device; Medical Device; Tube, Inserted
suture_material: Sutures
thoracic_mass: Mass
vertebral_degeneration: Spondylosis; Spine/degenerative; Thoracic Vertebrae/degenerative
vertebral_degeneration: Lumbar Vertebrae/degenerative; Cervical Vertebrae/degenerative
-: normal; No Indexing; Technical Quality of Image Unsatisfactory; Abdomen; Adipose Tissue; Aorta
-: Aorta, Thoracic; Arthritis; Atherosclerosis; Blister; Blood Vessels; Bone and Bones; Bronchitis
-: Bronchiolitis; Cardiac Shadow; Cervical Vertebrae; Cholelithiasis; Contrast Media; Cysts
-: Costophrenic Angle; Cystic Fibrosis; Deformity; Diaphragm; Dislocations; Epicardial Fat; Heart
-: Expansile Bone Lesions; Heart Atria; Heart Ventricles; Humerus; Hypovolemia; Lucency; Lung
-: Lumbar Vertebrae; Lymph Nodes; Markings; Mediastinum; Pleura; Pulmonary Artery; Ribs; Sclerosis
-: Shift; Shoulder; Spinal Fusion; Spine; Stents; Sulcus; Surgical Instruments; Thickening
-: Thoracic Vertebrae; Thorax; Trachea; Trachea, Carina; Cicatrix; Density
"""
COVID_CHESTXRAY = """
pneumonia; tuberculosis
viral_pneumonia: Pneumonia/Viral
covid_19: Pneumonia/Viral/COVID-19
sars: Pneumonia/Viral/SARS
mers: Pneumonia/Viral/MERS-CoV
influenza_pneumonia: Pneumonia/Viral/Influenza
h1n1_pneumonia: Pneumonia/Viral/Influenza/H1N1
varicella_pneumonia: Pneumonia/Viral/Varicella
herpes_pneumonia: Pneumonia/Viral/Herpes
bacterial_pneumonia: Pneumonia/Bacterial
chlamydophila_pneumonia: Pneumonia/Bacterial/Chlamydophila
e_coli_pneumonia: Pneumonia/Bacterial/E.Coli
klebsiella_pneumonia: Pneumonia/Bacterial/Klebsiella
legionella_pneumonia: Pneumonia/Bacterial/Legionella
mycoplasma_pneumonia: Pneumonia/Bacterial/Mycoplasma
nocardia_pneumonia: Pneumonia/Bacterial/Nocardia
staphylococcal_pneumonia: Pneumonia/Bacterial/Staphylococcus
mrsa_pneumonia: Pneumonia/Bacterial/Staphylococcus/MRSA
streptococcal_pneumonia: Pneumonia/Bacterial/Streptococcus
fungal_pneumonia: Pneumonia/Fungal
aspergillus_pneumonia: Pneumonia/Fungal/Aspergillosis
pneumocystis_pneumonia: Pneumonia/Fungal/Pneumocystis
aspiration_pneumonia: Pneumonia/Aspiration
lipoid_pneumonia: Pneumonia/Lipoid
-: No Finding; todo; Unknown
"""
CHEST = {
    "NIH ChestX-ray14": NIH + "infiltration: Infiltrate\n-: No Finding",
    "NIH-Google": "fracture; pneumothorax; airspace opacity; nodule or mass",
    "RSNA pneumonia": "lung opacity\n-: Normal; No Lung Opacity / Not Normal",
    "SIIM pneumothorax": "pneumothorax",
    "VinDr-CXR": VINDR_LOCAL + VINDR_GLOBAL,
    "CheXpert": CHEXPERT,
    "MIMIC-CXR": CHEXPERT,
    "PadChest": PADCHEST + PADCHEST_DIAGNOSES + PADCHEST_STUDIES + PADCHEST_PLACES,
    "BIMCV-COVID19+": PADCHEST
    + PADCHEST_DIAGNOSES
    + PADCHEST_STUDIES
    + "viral pneumonia\ncovid_19: COVID 19\n-: COVID 19 uncertain",
    "OpenI": OPENI,
    "Montgomery and Shenzhen": "tuberculosis",
    "TBX11K": """
        active_tuberculosis: ActiveTuberculosis; active_tb
        inactive_tuberculosis: ObsoletePulmonaryTuberculosis; latent_tb
        tuberculosis: PulmonaryTuberculosis; tb; uncertain_tb
        -: health; sick; sick_but_non_tb
    """,
    "COVIDx": "covid_19: COVID-19; positive\npneumonia\n-: normal; negative",
    "Kermany": """
        pneumonia: PNEUMONIA
        bacterial_pneumonia: bacteria
        viral_pneumonia: virus
        -: NORMAL
    """,
    "covid-chestxray": COVID_CHESTXRAY,
    "ChestMNIST": NIH.replace("Pleural_Thickening", "pleural"),
    "PneumoniaMNIST": "pneumonia\n-: normal",
}
ORGANS = """
-: background; aorta; gall_bladder; kidney; kidney_left; kidney_right; liver; pancreas; postcava
-: spleen; stomach; adrenal_gland_left; adrenal_gland_right; bladder; celiac_trunk; colon; duodenum
-: esophagus; femur_left; femur_right; hepatic_vessel; intestine; lung_left; lung_right
-: portal_vein_and_splenic_vein; prostate; rectum; pancreas_head; pancreas_body; pancreas_tail
-: pancreatic_duct; common_bile_duct; superior_mesenteric_artery; veins; arteries
"""
ABDOMEN = {
    "MSD03, LiTS": "liver_tumor: cancer; liver tumor; liver tumour\n-: background; liver",
    "MSD07": "pancreatic_neoplasm: cancer; pancreas tumour\n-: background; pancreas",
    "MSD08": "liver_tumor: Tumour\n-: background; Vessel",
    "MSD10": "colon_cancer: colon cancer primaries\n-: background",
    "KiTS": "kidney_tumor: tumor; kidney tumor\nkidney_cyst: cyst; kidney cyst\n-: kidney",
    "PANORAMA": """
        pdac: PDAC lesion
        -: veins; arteries; pancreas parenchyma; pancreatic duct; common bile duct
    """,
    "AbdomenAtlas": ORGANS
    + """
        pancreatic_lesion; liver_lesion; kidney_lesion; colon_lesion; pancreatic_cyst
        pdac: pancreatic_pdac
        pannet: pancreatic_pnet
    """,
    "the papers": "pdac: PDAC\npannet: PanNET\nipmn: IPMN\npancreatic_cyst: pancreatic cyst",
}

BY_MANIFEST = {
    "PadChest": "abscess; cyst; increased density; mass",
    "BIMCV-COVID19+": "abscess; cyst; increased density; mass",
    "OpenI": """
        Aorta, Thoracic/enlarged; Aorta, Thoracic/tortuous; Aorta/enlarged; Aorta/tortuous
        Atherosclerosis/aorta; Atherosclerosis/aorta, thoracic; Bone Diseases, Metabolic; Calcinosis
        Cardiac Shadow/enlarged; Catheters, Indwelling; Cervical Vertebrae/degenerative
        Cicatrix/lung; Costophrenic Angle/bilateral/blunted; Costophrenic Angle/blunted; Cysts/lung
        Costophrenic Angle/left/blunted; Costophrenic Angle/right/blunted; Density/lung
        Diaphragm/bilateral/flattened; Diaphragm/elevated; Diaphragm/flattened
        Diaphragm/left/elevated; Diaphragm/right/elevated; Fractures, Bone; Hernia, Diaphragmatic
        Hernia, Hiatal; Hyperostosis, Diffuse Idiopathic Skeletal; Hypertension, Pulmonary
        Implanted Medical Device; Lumbar Vertebrae/degenerative; Lung Diseases, Interstitial
        Lung, Hyperlucent; Lung/hyperdistention; Lung/hypoinflation; Mass; Mass/lung
        Mediastinum/enlarged; Mediastinum/widened; Medical Device; Opacity
        Pulmonary Artery/enlarged; Pulmonary Disease, Chronic Obstructive; Spine/degenerative
        Thickening/pleura; Thoracic Vertebrae/degenerative; Tube, Inserted
    """,
    "TBX11K": """
        ActiveTuberculosis; ObsoletePulmonaryTuberculosis; PulmonaryTuberculosis; latent_tb
        uncertain_tb
    """,
    "COVIDx": "positive",
    "Kermany": "bacteria; virus",
    "covid-chestxray": """
        Pneumonia/Viral; Pneumonia/Viral/COVID-19; Pneumonia/Viral/SARS; Pneumonia/Viral/MERS-CoV
        Pneumonia/Viral/Influenza; Pneumonia/Viral/Influenza/H1N1; Pneumonia/Viral/Varicella
        Pneumonia/Viral/Herpes; Pneumonia/Bacterial; Pneumonia/Bacterial/Chlamydophila
        Pneumonia/Bacterial/E.Coli; Pneumonia/Bacterial/Klebsiella; Pneumonia/Bacterial/Legionella
        Pneumonia/Bacterial/Mycoplasma; Pneumonia/Bacterial/Nocardia
        Pneumonia/Bacterial/Staphylococcus; Pneumonia/Bacterial/Staphylococcus/MRSA
        Pneumonia/Bacterial/Streptococcus; Pneumonia/Fungal; Pneumonia/Fungal/Aspergillosis
        Pneumonia/Fungal/Pneumocystis; Pneumonia/Aspiration; Pneumonia/Lipoid
    """,
    "ChestMNIST": "pleural",
    "MSD03, LiTS": "cancer",
    "MSD07": "cancer",
    "MSD08": "Tumour",
    "KiTS": "tumor; cyst",
}


def split(text):
    return [term.strip() for line in text.splitlines() for term in line.split(";") if term.strip()]


def read(block):
    """Terms of a block, each with its class; ``""`` where it is no finding."""
    meaning = {}
    for line in block.splitlines():
        name, colon, terms = line.strip().rpartition(": ")
        for term in split(terms):
            meaning[term] = name.replace("-", "") if colon else term.lower().replace(" ", "_")
    return meaning


SOURCES = [("chest_radiograph", name, block) for name, block in CHEST.items()]
SOURCES += [("abdominal_ct", name, block) for name, block in ABDOMEN.items()]


BUILTIN = (
    "chest_radiograph", "abdominal_ct", "skin", "fundus", "retinal_oct", "breast", "microscopy",
    "body_organs", "ct_lesions",
)  # fmt: skip


@pytest.fixture(scope="module", params=BUILTIN)
def vocabulary(request):
    return load_vocabulary(request.param)


@pytest.mark.parametrize(("name", "source", "block"), SOURCES, ids=lambda value: value[:20])
def test_every_term_of_a_source_has_its_class(name, source, block):
    vocabulary = load_vocabulary(name)
    meaning = read(block)
    assert {one for one in meaning.values() if one} <= {one.name for one in vocabulary.findings}
    other = {term for term, one in meaning.items() if (vocabulary.find(term) or "") != one}
    assert other == set(split(BY_MANIFEST.get(source, "")))


def test_the_lists_of_terms_are_whole():
    assert len(read(NIH)) == len(read(CHEXPERT)) == len(read(CHEST["ChestMNIST"])) == 14
    # Its authors count what says something about the study as a whole, and the root of the tree.
    assert len(read(PADCHEST + PADCHEST_STUDIES)) == 174
    assert len(read(PADCHEST_DIAGNOSES)) == 19
    assert len(read(VINDR_LOCAL)) == 22
    assert len(set(read(VINDR_GLOBAL)) - {"Other diseases"}) == 6
    assert set(BY_MANIFEST) <= {*CHEST, *ABDOMEN}


def test_there_are_enough_classes():
    assert len(load_vocabulary("chest_radiograph").findings) >= 200
    assert len(load_vocabulary("abdominal_ct").findings) >= 20


def test_no_code_belongs_to_two_findings(vocabulary):
    for key in SCHEMES:
        codes = [one.codes[key] for one in vocabulary.findings if key in one.codes]
        assert codes or key in ("icd10", "obo") or vocabulary.name not in BUILTIN[:2]
        assert set(Counter(codes).values()) <= {1}


@pytest.mark.parametrize(
    ("term", "longer", "a_case"),
    [
        ("effusion", "pericardial effusion", False),
        ("nodule", "pseudonodule", False),
        ("emphysema", "subcutaneous emphysema", False),
        ("mass", "breast mass", False),
        ("emphysema", "bullous emphysema", True),
        ("hernia", "hiatal hernia", True),
        ("fracture", "rib fracture", True),
        ("atelectasis", "lobar atelectasis", True),
    ],
)
def test_a_term_is_not_what_holds_it(term, longer, a_case):
    chest = load_vocabulary("chest_radiograph")
    assert chest.find(term) == term
    assert chest.find(longer) == longer.replace(" ", "_")
    assert chest.find(f"large {term}") is None
    assert (term in chest.imply_up().get(chest.find(longer), ())) == a_case


@pytest.mark.parametrize(
    ("child", "up", "down"),
    [
        ("consolidation", {"airspace_opacity", "lung_opacity"}, {"airspace_opacity"}),
        ("atelectasis", set(), set()),
        ("nodule", {"nodule_or_mass", "lung_lesion"}, {"nodule_or_mass", "lung_lesion"}),
        ("pneumonia", set(), set()),
        ("hydropneumothorax", {"effusion", "pneumothorax"}, {"effusion", "pneumothorax"}),
        ("pacemaker", *[{"electrical_device", "support_devices"}] * 2),
        ("artificial_heart_valve", {"support_devices"}, set()),
        ("osteosynthesis_material", {"surgery", "metal"}, {"surgery", "metal"}),
        ("vertebral_compression", {"vertebral_fracture", "fracture"}, set()),
        ("aortic_aneurysm", {"aortic_enlargement"}, {"aortic_enlargement"}),
        ("pleural_thickening", {"pleural_other"}, set()),
        ("covid_19", {"viral_pneumonia", "pneumonia"}, {"viral_pneumonia", "pneumonia"}),
    ],
)
def test_what_follows_in_the_chest(child, up, down):
    chest = load_vocabulary("chest_radiograph")
    assert set(chest.imply_up().get(child, ())) == up
    assert set(chest.imply_down().get(child, ())) == down


def test_every_fracture_is_a_fracture_and_every_pneumonia_a_pneumonia():
    chest = load_vocabulary("chest_radiograph")
    up = chest.imply_up()
    for word in ("fracture", "pneumonia", "atelectasis", "effusion"):
        named = {one.name for one in chest.findings if one.name.endswith(f"_{word}")}
        for name in named - {"pericardial_effusion"}:
            assert word in up[name]


def test_cystic_neoplasms_are_cysts_and_a_denied_tumor_does_not_reach_them():
    abdomen = load_vocabulary("abdominal_ct")
    up, down = abdomen.imply_up(), abdomen.imply_down()
    assert set(up["ipmn"]) == {"pancreatic_cyst", "pancreatic_neoplasm", "pancreatic_lesion"}
    assert set(down["ipmn"]) == {"pancreatic_cyst", "pancreatic_lesion"}
    assert set(up["pdac"]) == set(down["pdac"]) == {"pancreatic_neoplasm", "pancreatic_lesion"}
    assert "pancreatic_neoplasm" not in up["pancreatic_cyst"]
    assert up["liver_metastasis"] == ("liver_tumor", "metastasis", "liver_lesion")


def test_the_unions_are_those_of_which_we_are_sure():
    assert load_vocabulary("chest_radiograph").unions() == {
        "tuberculosis": ("active_tuberculosis", "inactive_tuberculosis"),
        "nodule_or_mass": ("nodule", "mass"),
    }
    assert load_vocabulary("abdominal_ct").unions() == {}


def test_a_grade_is_a_retinopathy_and_no_grade_is_none():
    fundus = load_vocabulary("fundus")
    for grade in ("mild_npdr", "moderate_npdr", "severe_npdr"):
        assert set(fundus.imply_up()[grade]) == {
            "nonproliferative_diabetic_retinopathy",
            "diabetic_retinopathy",
        }
    assert fundus.imply_up()["proliferative_diabetic_retinopathy"] == ("diabetic_retinopathy",)
    # Unions are closed in the order of classes: the inner one first.
    assert list(fundus.unions()) == [
        "nonproliferative_diabetic_retinopathy",
        "diabetic_retinopathy",
    ]


@pytest.mark.parametrize(
    ("name", "term", "found"),
    [
        ("skin", "MEL", "melanoma"),
        ("skin", "nv", "melanocytic_nevus"),
        ("skin", "akiec", "actinic_keratosis_or_bowen_disease"),
        ("skin", "AK", None),
        ("skin", "melanocytic nevi", "melanocytic_nevus"),
        ("fundus", "Soft Exudates", "cotton_wool_spot"),
        ("fundus", "severe", None),
        ("retinal_oct", "CNV", "choroidal_neovascularization"),
        ("retinal_oct", "DME", "diabetic_macular_edema"),
        ("breast", "BI-RADS 4", "birads_4"),
        ("breast", "DENSITY C", "density_c"),
        ("breast", "Focal Asymmetry", "focal_asymmetry"),
        ("breast", "benign", None),
    ],
)
def test_words_of_skin_eye_and_breast(name, term, found):
    assert load_vocabulary(name).find(term) == found


def draw(vocabulary):
    """The hierarchy as text, as docs/vocabulary.md shows it.

    A class stands under each of its parents; ``^``: upward only; then those without relatives.
    """
    children = {one.name: [] for one in vocabulary.findings}
    for one in vocabulary.findings:
        for parent in one.parents:
            mark = "" if parent.implies_up and parent.implies_down else "^"
            children[parent.name].append((one.name, mark))
    unions = vocabulary.unions()
    lines = []

    def walk(name, mark, first, rest):
        union = f" = {' or '.join(unions[name])}" if name in unions else ""
        lines.append(f"{first}{mark}{name}{union}")
        for place, (child, its_mark) in enumerate(children[name]):
            last = place == len(children[name]) - 1
            walk(
                child,
                its_mark,
                rest + ("└─ " if last else "├─ "),
                rest + ("   " if last else "│  "),
            )

    roots = [one.name for one in vocabulary.findings if not one.parents]
    for name in roots:
        if children[name]:
            walk(name, "", "", "")
    alone = [name for name in roots if not children[name]]
    return "\n".join([*lines, "", *alone]).strip()


def test_the_drawing_in_the_docs_is_true(vocabulary):
    docs = Path(__file__).parents[2] / "docs" / "vocabulary.md"
    _, _, after = docs.read_text(encoding="utf-8").partition(f"## The tree of {vocabulary.name}\n")
    drawn = after.partition("```text\n")[2].partition("\n```")[0]
    assert drawn == draw(vocabulary)


def test_the_numbers_in_the_docs_are_true(vocabulary):
    docs = (Path(__file__).parents[2] / "docs" / "vocabulary.md").read_text(encoding="utf-8")
    text = " ".join(docs.split())
    counts = {
        key: sum(key in one.codes for one in vocabulary.findings)
        for key in ("umls", "snomed", "icd10", "obo")
    }
    radlex = sum(bool(one.radlex) for one in vocabulary.findings)
    assert f"`{vocabulary.name}` ({len(vocabulary.findings)} " in text
    coded = sum(bool(one.codes) for one in vocabulary.findings)
    numbers = (len(vocabulary.findings), coded, *counts.values())
    assert f"| `{vocabulary.name}` | " + " | ".join(map(str, numbers)) + " |" in text
    said = {
        "chest_radiograph": f"For the chest there are {counts['umls']} UMLS concepts and {radlex}",
        "abdominal_ct": f"for the abdomen {counts['umls']} and {radlex}.",
    }
    assert said.get(vocabulary.name, "") in text


def test_nothing_is_implied_downward_alone(vocabulary):
    for one in vocabulary.findings:
        assert all(parent.implies_up for parent in one.parents)
