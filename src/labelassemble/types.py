"""Every tensor's shape, by name: read a signature, know what goes in.

Axes: batch, classes, features, channels, height, width. A name that is repeated within one
signature is one size there; the tests execute these annotations.
"""

from jaxtyping import Bool, Float, Int, UInt8
from torch import Tensor

Image = Float[Tensor, "batch 1 height width"]
"""Grey values in [0, 1]: 0 is black (air), 1 is white (bone)."""

ScaledImage = Float[Tensor, "batch channels height width"]
"""Grey values as a backbone's weights take them: 1 channel, or 3 alike but for their scale."""

DenseImage = Float[Tensor, "batch 1 *sides"]
"""Grey values in [0, 1], of an image or a volume; space may be coarser than its sides."""

StoredImage = UInt8[Tensor, "batch height width"]
"""Grey values as the store keeps them, 0 to 255."""

Query = Float[Tensor, "classes query_features"]
"""One learnable vector per class: q_c."""

Weight = Float[Tensor, "classes features"]
"""Classification weights that the adapter made from the queries: w(q; theta_w)."""

Bias = Float[Tensor, " classes"]
"""The bias that belongs to each class's weights."""

Feature = Float[Tensor, "batch features *space"]
"""Feature map f(x) of the backbone; space is height and width (and depth in 3-D)."""

Logit = Float[Tensor, "batch classes"]
"""A prediction before the sigmoid, pooled over space."""

LogitMap = Float[Tensor, "batch classes *space"]
"""A prediction before the sigmoid, dense."""

Probability = Float[Tensor, "batch classes *space"]
"""Probability per class in (0, 1): a. Pooled when there are no spatial axes."""

Label = Float[Tensor, "batch classes *#space"]
"""1 present, 0 absent, between for soft labels; meaningless where not known: y."""

Known = Bool[Tensor, "batch classes *#space"]
"""Whether somebody looked for this class on this image: k."""

Index = Int[Tensor, " batch"]
"""Row numbers."""

Scalar = Float[Tensor, ""]
"""One number: a loss."""
