"""Heads that predict for an image otherwise than by pooling their predictions for its places."""

from typing import Protocol, runtime_checkable

from labelassemble.types import Feature, Logit


@runtime_checkable
class PooledHead(Protocol):
    """A head that pools by itself: by attention, or features before it predicts."""

    def pool(self, feature: Feature) -> Logit:
        """Predict for every class of whole images.

        Args:
            feature: f(x).
        """
        ...
