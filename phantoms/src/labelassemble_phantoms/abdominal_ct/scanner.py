"""What makes one hospital's scans differ: field, slices, phase, noise, kernel, and its people."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32
from scipy.ndimage import gaussian_filter1d

from labelassemble_phantoms.abdominal_ct.anatomy import AbdominalAnatomy
from labelassemble_phantoms.abdominal_ct.attenuation import Phase
from labelassemble_phantoms.abdominal_ct.canvas import Canvas
from labelassemble_phantoms.abdominal_ct.grid import Grid, lay_grid

FWHM = 2.355
"""Full width at half maximum of a Gaussian, in standard deviations."""


@dataclass(frozen=True)
class ScannerStyle:
    """Settings of one hospital; ranges are drawn from evenly for every scan."""

    name: str
    phases: Mapping[Phase, float]
    """Share of scans in each phase; the shares sum to 1."""
    pixel_mm: tuple[float, float]
    """Range of the pixel's side if the slice has 512 × 512; the field is then fitted to patients
    for whom it is too small or far too large."""
    slice_mm: float
    """Thickness of a slice; a scan of fewer, thicker voxels averages slices."""
    cover_mm: tuple[float, float]
    """Range of the height that is scanned."""
    noise_hu: float
    """Standard deviation of the noise in the middle of an ordinary patient, in the scan as it comes
    out."""
    kernel_mm: float
    """Full width at half maximum of a point in the slice."""
    sharpening: float = 0.0
    """Share of coarse noise that a sharp kernel takes away, 0 to 1."""
    orientation: str = "RAS"
    """Where the file's axes point: RAS, or LPS as DICOM has it."""
    woman_share: float = 0.48
    mean_age: float = 64.0


ORDINARY_SCANNER = ScannerStyle(
    name="ordinary",
    phases={"portal_venous": 1.0},
    pixel_mm=(0.72, 0.82),
    slice_mm=2.5,
    cover_mm=(176.0, 190.0),
    noise_hu=11.0,
    kernel_mm=1.2,
)
"""A style for single scans, in the middle of the others."""

STYLES: Mapping[str, ScannerStyle] = {
    "pdac_clinic": ScannerStyle(
        name="pdac_clinic",
        phases={"pancreatic": 0.75, "portal_venous": 0.25},
        pixel_mm=(0.70, 0.78),
        slice_mm=1.0,
        cover_mm=(165.0, 185.0),
        noise_hu=15.0,
        kernel_mm=0.9,
        sharpening=0.5,
        orientation="LPS",
        mean_age=67.0,
    ),
    "cyst_clinic": ScannerStyle(
        name="cyst_clinic",
        phases={"portal_venous": 0.9, "pancreatic": 0.1},
        pixel_mm=(0.76, 0.90),
        slice_mm=5.0,
        cover_mm=(190.0, 215.0),
        noise_hu=8.0,
        kernel_mm=2.2,
        woman_share=0.58,
        mean_age=66.0,
    ),
    "pannet_clinic": ScannerStyle(
        name="pannet_clinic",
        phases={"arterial": 0.45, "pancreatic": 0.35, "portal_venous": 0.2},
        pixel_mm=(0.70, 0.84),
        slice_mm=2.5,
        cover_mm=(170.0, 195.0),
        noise_hu=19.0,
        kernel_mm=1.4,
        orientation="LPS",
        mean_age=58.0,
    ),
    "normals": ScannerStyle(
        name="normals",
        phases={"portal_venous": 0.6, "pancreatic": 0.3, "arterial": 0.1},
        pixel_mm=(0.72, 0.86),
        slice_mm=3.0,
        cover_mm=(175.0, 205.0),
        noise_hu=11.0,
        kernel_mm=1.6,
        mean_age=60.0,
    ),
}
"""The four hospitals of `simulate_abdominal_hospitals`."""


def draw_voxel_grid(
    generator: np.random.Generator,
    style: ScannerStyle,
    anatomy: AbdominalAnatomy,
    shape: tuple[int, int, int],
) -> Grid:
    """Draw the field of a scan: the whole trunk, and all of the pancreas."""
    pixel, cover = generator.uniform(*style.pixel_mm), generator.uniform(*style.cover_mm)
    shift = np.clip(generator.standard_normal(3), -2, 2) * [4.0, 4.0, 4.0]
    half = anatomy.half_width + anatomy.wall + anatomy.fat_side
    front = anatomy.front + 0.75 * anatomy.wall + anatomy.fat_front
    back = anatomy.back + 18 + anatomy.fat_back
    need = max(2 * half, front + back)
    field = float(np.clip(512 * pixel, 1.07 * need + 10, 1.25 * need))
    side, thick = field / min(shape[:2]), float(cover) / shape[2]
    centre = (float(shift[0]), float((front - back) / 2 + shift[1]), float(2 + shift[2]))
    return lay_grid(shape, (side, side, thick), centre)


def scan(
    generator: np.random.Generator, style: ScannerStyle, anatomy: AbdominalAnatomy, canvas: Canvas
) -> Float32[np.ndarray, "x y z"]:
    """Return what the scanner makes of a canvas: blurred, noisy, HU. The canvas changes too."""
    hu, grid = canvas.hu, canvas.grid
    if style.slice_mm > grid.spacing_mm[2]:
        extra = np.sqrt(style.slice_mm**2 - grid.spacing_mm[2] ** 2) / FWHM
        gaussian_filter1d(hu, extra / grid.spacing_mm[2], axis=2, output=hu, truncate=3.0)
    for axis in (0, 1):
        sigma = style.kernel_mm / FWHM / grid.spacing_mm[axis]
        if sigma > 0.25:
            gaussian_filter1d(hu, sigma, axis=axis, output=hu, truncate=3.0)
    noisy: Float32[np.ndarray, "x y z"] = hu + _draw_noise(generator, style, anatomy, grid)
    return noisy


def _draw_noise(
    generator: np.random.Generator, style: ScannerStyle, anatomy: AbdominalAnatomy, grid: Grid
) -> Float32[np.ndarray, "x y z"]:
    """Noise whose grain is the kernel's, strongest in the middle, and stronger in large people."""
    noise = generator.standard_normal(grid.shape, dtype=np.float32)
    sigma = 1.3 * style.kernel_mm / FWHM / grid.spacing_mm[0]
    if style.sharpening:
        coarse = noise
        for axis in (0, 1):
            coarse = gaussian_filter1d(coarse, 1.2 + sigma, axis=axis, truncate=2.5)
        noise -= np.float32(style.sharpening) * coarse
    if sigma > 0.25:
        for axis in (0, 1):
            gaussian_filter1d(noise, sigma, axis=axis, output=noise, truncate=3.0)
    if style.slice_mm > 1.5 * grid.spacing_mm[2]:
        gaussian_filter1d(noise, 0.5, axis=2, output=noise, truncate=3.0)
    half = anatomy.half_width + anatomy.wall + anatomy.fat_side
    deep = (anatomy.front + anatomy.fat_front + anatomy.back + anatomy.fat_back) / 2
    large = float(np.clip(np.exp((np.sqrt(half * deep) - 140) / 70), 0.7, 2.0))
    x, y, _ = grid.axes(grid.everything)
    inside = (x[:, None] / half) ** 2 + (y / deep) ** 2
    strength = (0.62 + 0.38 * np.exp(-((inside / 0.8) ** 2))) * style.noise_hu * large
    noise *= (strength / max(float(noise.std()), 1e-6)).astype(np.float32)[:, :, None]
    return noise
