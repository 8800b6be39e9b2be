"""How leaky the rectifiers of feature pyramids and saliency heads are."""

LEAK = 0.1
"""Slope of LeakyReLU below 0, in body and head. Source: Hermoza 2020."""
