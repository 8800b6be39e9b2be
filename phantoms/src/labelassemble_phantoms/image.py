"""From the detector's signal to the image that a reader sees, with what people put on it."""

import cv2
import numpy as np
from jaxtyping import Float, UInt8

from labelassemble_phantoms.film import Film
from labelassemble_phantoms.hospital_style import HospitalStyle


def develop(
    signal: Float[np.ndarray, "size size"],
    style: HospitalStyle,
    generator: np.random.Generator,
) -> Float[np.ndarray, "size size"]:
    """Process the signal as the hospital does: grey values in [0, 1], dense is bright."""
    size = signal.shape[0]
    small = cv2.resize(signal, (32, 32), interpolation=cv2.INTER_AREA)
    coarse = cv2.GaussianBlur(small, (0, 0), 1.6, borderType=cv2.BORDER_REPLICATE)
    coarse = cv2.resize(coarse, (size, size), interpolation=cv2.INTER_LINEAR)
    fine = np.clip(signal - coarse, -0.45, 0.45)
    # Noise rules where little arrives: there detail is smoothed away, not raised.
    gain = np.float32(style.detail + 0.5) * np.clip(2.6 - 0.8 * coarse, 0, 1) - np.float32(0.5)
    processed = signal + gain * fine - np.float32(style.flatten) * coarse
    every = max(1, size // 48)
    inner = processed[size // 6 : -size // 6 : every, size // 6 : -size // 6 : every]
    lung, dense = (float(quantile) for quantile in np.quantile(inner, (0.15, 0.80)))
    # A film's curve is a logistic one; two points of it are set.
    low, high = (np.log(grey / (1 - grey)) for grey in _draw_greys(style, generator))
    # Open air beside a thin body, and dense images, must not rule the contrast.
    lung = max(lung, dense - 2.0)
    slope = (high - low) / max(dense - lung, 0.8)
    exponent = np.float32(slope) * (processed - np.float32(lung)) + np.float32(low)
    grey = 1 / (1 + np.exp(-exponent))
    if style.grain > 0:
        grain = generator.standard_normal(signal.shape, np.float32)
        grey += np.float32(style.grain) * grain
    return np.asarray(np.float32(style.fog) + np.float32(1 - style.fog) * grey)


def _draw_greys(style: HospitalStyle, generator: np.random.Generator) -> tuple[float, float]:
    return generator.uniform(*style.lung_grey), generator.uniform(*style.dense_grey)


def draw_leads(film: Film, generator: np.random.Generator) -> Float[np.ndarray, "size size"]:
    """Draw three electrodes with their wires: attenuation of metal, no unit."""
    layer = film.blank()
    ends = generator.uniform([-105, 30], [105, 200], (3, 2))
    start = np.array([generator.choice([-150.0, 150.0]), 280.0])
    share = np.linspace(0, 1, 24)[:, None]
    for end in ends:
        pull = (start + end) / 2 + generator.uniform(-70, 70, 2)
        wire = start * (1 - share) ** 2 + 2 * pull * share * (1 - share) + end * share**2
        film.stroke(layer, wire[None], 90, 1.5)
        angle = np.linspace(0, 2 * np.pi, 12, endpoint=False)
        film.fill(layer, end + 4.5 * np.stack([np.cos(angle), np.sin(angle)], 1)[None], 170)
    return layer.astype(np.float32) * np.float32(1.1 / 255)


def label_image(
    grey: Float[np.ndarray, "size size"],
    style: HospitalStyle,
    view: str,
    generator: np.random.Generator,
) -> UInt8[np.ndarray, "size size"]:
    """Narrow the field, put the side marker and words on it, and make it 8 bits."""
    size = grey.shape[0]
    image = cv2.convertScaleAbs(grey, alpha=255.0)
    narrowed = generator.random() < style.shutter
    borders = generator.uniform(0.0, 0.09, 4)
    if narrowed:
        top, bottom, left, right = (int(size * border) for border in borders)
        image[:top], image[size - bottom :] = 0, 0
        image[:, :left], image[:, size - right :] = 0, 0
    seen, down, across = generator.random(3)
    if seen < style.marker_seen:
        left_marker = style.marker == "L"
        x = (0.86 + 0.05 * across) if left_marker else (0.05 + 0.05 * across)
        _write(image, style.marker, x, 0.09 + 0.08 * down, 0.055, 2)
    if view == "AP":
        for line, text in enumerate(style.texts):
            if generator.random() < 0.7:
                _write(image, text, 0.36 + 0.12 * down, 0.05 + 0.045 * line, 0.03, 1)
    return image


def _write(
    image: UInt8[np.ndarray, "size size"], text: str, x: float, y: float, high: float, bold: int
) -> None:
    """Write white text; place and height are shares of the side."""
    size = image.shape[0]
    scale = high * size / 21
    place = (int(x * size), int(y * size))
    thickness = max(1, round(bold * size / 256))
    cv2.putText(image, text, place, cv2.FONT_HERSHEY_SIMPLEX, scale, 245, thickness, cv2.LINE_AA)
