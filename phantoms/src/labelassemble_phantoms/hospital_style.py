"""What makes one hospital's images differ from another's: people, machine, processing, habits."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from labelassemble_phantoms.x_ray import Beam


@dataclass(frozen=True)
class HospitalStyle:
    """Settings of one hospital; ranges are drawn from evenly for every image."""

    name: str
    beam: Beam
    ap_share: float
    """Share of images taken in bed (AP): larger heart, less breath, more rotation."""
    frequency_factor: Mapping[str, float] = field(default_factory=dict)
    """Factor on how frequent each finding is here."""
    woman_share: float = 0.48
    mean_age: float = 54.0
    detail: float = 0.8
    """Gain of fine structure over coarse structure in the processing."""
    flatten: float = 0.2
    """Share of the coarse structure that the processing takes away."""
    lung_grey: tuple[float, float] = (0.16, 0.26)
    """Range of the grey value (0 black, 1 white) that the darker parts of the lungs come out at."""
    dense_grey: tuple[float, float] = (0.80, 0.88)
    """Range of the grey value that heart and belly come out at."""
    zoom: tuple[float, float] = (0.98, 1.08)
    """Range of the magnification."""
    tilt_degrees: float = 1.0
    """Standard deviation of the turn in the image's plane."""
    shift_mm: float = 5.0
    """Standard deviation of the shift to the sides and up or down."""
    shutter: float = 0.1
    """Chance that the field is narrowed by black borders."""
    marker: str = "L"
    """Side marker: L, R or none."""
    marker_seen: float = 0.8
    texts: tuple[str, ...] = ()
    """Words burnt into the image of a person in bed."""
    leads: float = 0.0
    """Chance of electrodes and wires on a person in bed."""
    grain: float = 0.0
    """Standard deviation of the film's or scanner's grain, in grey values of 1."""
    fog: float = 0.0
    """Grey value of black: old films are never quite black."""


ORDINARY_STYLE = HospitalStyle(name="ordinary", beam=Beam(), ap_share=0.3)
"""A style for single images, in the middle of the others."""

HOSPITALS: Mapping[str, HospitalStyle] = {
    "north": HospitalStyle(
        name="north",
        beam=Beam(scatter=0.05, quanta=90_000.0, blur_mm=0.3),
        ap_share=0.12,
        mean_age=50.0,
        frequency_factor={"mass": 1.3, "nodule": 1.3, "edema": 0.8},
        detail=1.0,
        flatten=0.30,
        lung_grey=(0.13, 0.22),
        dense_grey=(0.78, 0.86),
        marker="L",
    ),
    "east": HospitalStyle(
        name="east",
        beam=Beam(scatter=0.17, quanta=16_000.0, electronic=12.0, blur_mm=0.7),
        ap_share=0.70,
        mean_age=63.0,
        frequency_factor={"edema": 1.4, "effusion": 1.3, "pneumothorax": 1.3, "mass": 0.8},
        detail=0.5,
        flatten=0.10,
        lung_grey=(0.26, 0.42),
        dense_grey=(0.78, 0.92),
        zoom=(0.92, 1.06),
        tilt_degrees=2.6,
        shift_mm=10.0,
        shutter=0.45,
        marker="R",
        marker_seen=0.6,
        texts=("PORTABLE", "AP", "SUPINE"),
        leads=0.6,
    ),
    "west": HospitalStyle(
        name="west",
        beam=Beam(scatter=0.10, quanta=30_000.0, blur_mm=1.3),
        ap_share=0.30,
        mean_age=46.0,
        frequency_factor={"consolidation": 1.4, "cardiomegaly": 0.85},
        detail=0.1,
        flatten=0.0,
        lung_grey=(0.08, 0.17),
        dense_grey=(0.70, 0.80),
        zoom=(1.0, 1.1),
        tilt_degrees=1.4,
        marker="L",
        marker_seen=0.95,
        grain=0.012,
        fog=0.07,
    ),
}
"""Three hospitals: digital upright films; portable films in bed; digitised films of long ago."""
