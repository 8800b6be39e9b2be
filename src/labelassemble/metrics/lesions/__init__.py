"""From a dense prediction to lesions, and from lesions to scores; pure functions on arrays.

``find_lesions`` makes candidates of a prediction and truths of a mask, ``match_lesions`` says for
each whether it is true, false or ignored, and the scores follow: ``froc``, ``detection_ap``, and
the sensitivity of whole patients at a specificity (``bootstrap_operating_point``). What lies where
nobody looked for a class is neither true nor false and changes no score; a class that cannot be
scored is nan, with the reason.
"""
