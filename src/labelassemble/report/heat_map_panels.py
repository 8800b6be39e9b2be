"""Heat maps of the report: the images that were asked about, and where the network looked."""

from typing import Any

from labelassemble.report.content import HeatMapImage, ReportContent
from labelassemble.report.embed_image import embed_image
from labelassemble.report.heat_map_plot import choose_scale, colour_stops, overlay_probability


def draw_heat_panels(content: ReportContent) -> dict[str, Any]:
    """Draw the heat maps of a report's images on one scale of colours."""
    scale = choose_scale(content.heat_maps)
    side = image_side(2 * len(content.heat_maps))
    return {
        "heat_maps": [_draw_heat_map(one, scale, side) for one in content.heat_maps],
        "heat_scale": scale,
        "heat_stops": colour_stops(),
    }


def _draw_heat_map(one: HeatMapImage, scale: float, side: int) -> dict[str, Any]:
    truth = {True: "present", False: "absent", None: "unknown"}[one.true_label]
    outlined = ", lesion outlined" if one.lesion_mask is not None else ""
    overlay = overlay_probability(one.image, one.probability_map, scale, one.lesion_mask, side)
    plain = f"Image of which {one.class_title} was asked"
    return {
        "image": embed_image(one.image, plain, side),
        "overlay": embed_image(
            overlay, f"Probability map of {one.class_title} laid over the image{outlined}", side
        ),
        "class_title": one.class_title,
        "probability": one.probability,
        "highest": float(one.probability_map.max()),
        "truth": truth,
        "caption": one.caption,
        "outlined": one.lesion_mask is not None,
    }


def image_side(records: int) -> int:
    """Longer side in pixels, such that the page stays within a few megabytes."""
    return 320 if records <= 20 else 224 if records <= 50 else 128
