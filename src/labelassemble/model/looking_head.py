"""Class queries whose adapter makes an attention beside the prediction."""

from torch import zeros_like

from labelassemble.model.adapter import logit_map
from labelassemble.model.pooling import attend
from labelassemble.model.query_head import QueryHead
from labelassemble.types import Feature, Logit


class LookingHead(QueryHead):
    """Each query asks two things of every place: what it predicts, and how much that counts.

    z_c = sum_u softmax_u(k_c . f_u) (w_c . f_u + b_c), with w_c, b_c and k_c from the adapter. The
    prediction map is that of ``QueryHead``: what each place predictions.

    Args:
        queries: the class queries.
        adapter: one that looks.
    """

    def pool(self, feature: Feature) -> Logit:
        """Predict for every class, each pooled by its own attention."""
        weight, bias, look = self.adapter.make_all(self.queries())
        attention = logit_map(feature, look, zeros_like(bias))
        return attend(logit_map(feature, weight, bias), attention)
