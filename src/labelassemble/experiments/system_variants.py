"""The published systems of the second table, each by the protocol and by its paper's recipe."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from labelassemble.settings import Method


class SystemVariant(NamedTuple):
    """A method, what it is in a line, and the settings in which it differs from the recipe."""

    method: Method
    title: str
    changes: Mapping[str, Any]


VIEWS_OF_TIMM: Mapping[str, Any] = {
    "augment.rotation_degrees": 0.0,
    "augment.translation": 0.0,
    "augment.scale": 0.0,
    "augment.flip": 0.5,
    "augment.smallest_area": 0.08,
    "augment.rand_layers": 2,
    "augment.rand_views": "both",
    "model.input.side": 224,
    "model.input.centre": 0.875,
}
"""timm's training transform and its evaluation, for images stored at 256 pixels or more."""

XIAO_RECIPE: Mapping[str, Any] = {
    **VIEWS_OF_TIMM,
    "augment.rand_magnitude": 6.0,
    "model.input.mean": (0.5056,),
    "model.input.deviation": (0.252,),
    "training.epochs": 75,
    "training.images_per_epoch": 0,
    "training.batch_size": 1024,
    "training.learning_rate": 1e-3,
    "training.rate_floor": 1e-5,
    "training.weight_decay": 0.05,
    "training.warm_up": 5 / 75,
    "training.gradient_clip": 0.0,
    "training.balance": "none",
}
"""Xiao 2023, fine-tuning of any backbone."""

TASLIMI_RECIPE: Mapping[str, Any] = {
    **VIEWS_OF_TIMM,
    "augment.rand_magnitude": 9.0,
    "augment.erase_chance": 0.25,
    "model.input.mean": (0.485, 0.456, 0.406),
    "model.input.deviation": (0.229, 0.224, 0.225),
    "training.epochs": 300,
    "training.images_per_epoch": 0,
    "training.batch_size": 32,
    # 5e-4 and 5e-6 for batches of 512.
    "training.learning_rate": 5e-4 * 32 / 512,
    "training.rate_floor": 5e-6 * 32 / 512,
    "training.weight_decay": 0.05,
    "training.warm_up": 20 / 300,
    "training.gradient_clip": 5.0,
    "training.balance": "none",
}
"""Taslimi 2022; how many of the 300 epochs they trained is not known."""

HERMOZA_RECIPE: Mapping[str, Any] = {
    "augment.rotation_degrees": 10.0,
    "augment.translation": 0.0,
    "augment.scale": 0.1,
    "augment.flip": 0.5,
    # fastai's defaults, which the paper's run may have had or not.
    "augment.warp": 0.2,
    "augment.contrast": 0.2,
    "augment.brightness": 0.1,
    "model.input.side": 512,
    "model.input.mean": (0.485, 0.456, 0.406),
    "model.input.deviation": (0.229, 0.224, 0.225),
    "training.images_per_epoch": 0,
    "training.learning_rate": 1e-3,
    "training.betas": (0.9, 0.99),
    "training.epsilon": 0.1,
    "training.weight_decay": 1e-3,
    "training.balance": "none",
    # How long it trained, and when all of it began to learn, is not known.
    "training.epochs": 20,
    "training.batch_size": 16,
    "training.fine_tune.norms_first": 2,
}
"""Hermoza 2020; the last three lines are ours."""

KIM_RECIPE: Mapping[str, Any] = {
    "augment.rotation_degrees": 10.0,
    "augment.scale": 0.1,
    "model.input.side": 512,
    "model.input.mean": (0.485, 0.456, 0.406),
    "model.input.deviation": (0.229, 0.224, 0.225),
    "training.images_per_epoch": 0,
    "training.learning_rate": 1e-4,
    "training.weight_decay": 0.0,
    "training.balance": "none",
    # Only the five epochs of the extractor, which are the default, are known.
    "training.epochs": 23,
    "training.batch_size": 20,
}
"""Kim 2021, as far as a reader's note and re-implementations tell it; views and length are ours."""

SYSTEM_VARIANTS: Mapping[str, SystemVariant] = {
    "medical-mae": SystemVariant(
        "medical-mae",
        "Xiao 2023: ViT-S/16 pre-trained as a masked autoencoder; by the protocol",
        {"model.backbone": "vit_s16"},
    ),
    "medical-mae-recipe": SystemVariant(
        "medical-mae",
        "Xiao 2023: ViT-S/16 pre-trained as a masked autoencoder; by its paper's recipe",
        {
            **XIAO_RECIPE,
            "model.backbone": "vit_s16",
            "training.fine_tune.layer_decay": 0.55,
            "training.fine_tune.stochastic_depth": 0.2,
        },
    ),
    **{
        f"swinchex-{size}": SystemVariant(
            "swinchex",
            f"Taslimi 2022: Swin-{size.upper()} with a perceptron a class; by the protocol",
            {"model.backbone": f"swin_{size}"},
        )
        for size in ("t", "l")
    },
    **{
        f"swinchex-{size}-recipe": SystemVariant(
            "swinchex",
            f"Taslimi 2022: Swin-{size.upper()} with a perceptron a class; by its paper's recipe",
            {
                **TASLIMI_RECIPE,
                "model.backbone": f"swin_{size}",
                "training.fine_tune.stochastic_depth": depth,
            },
        )
        for size, depth in (("t", 0.2), ("l", 0.1))
    },
    "rpsal": SystemVariant(
        "rpsal",
        "Hermoza 2020, first stage: saliency of DenseNet-121's pyramid; by the protocol",
        {"model.backbone": "densenet121"},
    ),
    "rpsal-recipe": SystemVariant(
        "rpsal",
        "Hermoza 2020, first stage: saliency of DenseNet-121's pyramid; by its paper's recipe",
        {**HERMOZA_RECIPE, "model.backbone": "densenet121"},
    ),
    "rpsal-regions-recipe": SystemVariant(
        "rpsal",
        "Hermoza 2020, both stages: regions are proposed and looked at; by its paper's recipe",
        {
            **HERMOZA_RECIPE,
            "model.backbone": "densenet121",
            "model.region_backbone": "resnet34",
            # How long each stage learned is not known.
            "training.region_epochs": 10,
        },
    ),
    "xprotonet": SystemVariant(
        "xprotonet",
        "Kim 2021: prototypes on DenseNet-121; by the protocol",
        {"model.backbone": "densenet121"},
    ),
    "xprotonet-recipe": SystemVariant(
        "xprotonet",
        "Kim 2021: prototypes on DenseNet-121; by its paper's recipe, as far as it is known",
        {**KIM_RECIPE, "model.backbone": "densenet121"},
    ),
    "ma-reconstructed": SystemVariant(
        "ma-reconstructed",
        "Ma 2019 (reconstructed): the product of two DenseNets' maps; by the protocol",
        {"model.backbone": "densenet121"},
    ),
    "masked-recipe": SystemVariant(
        "masked",
        "one linear head on DenseNet-121, by the recipe of Xiao 2023",
        {**XIAO_RECIPE, "model.backbone": "densenet121", "model.pooling": "average"},
    ),
    "label-assemble-recipe": SystemVariant(
        "label-assemble",
        "label-assemble, by the recipe of Xiao 2023; that of Kang 2023 is not known",
        {**XIAO_RECIPE, "model.backbone": "densenet121"},
    ),
}
"""Every one by name; ``-recipe``: by its paper's."""

SYSTEM_ARMS = tuple(SYSTEM_VARIANTS)
"""``systems`` in ``experiment.variants`` stands for them."""
