"""Class tables of several sources in, one assembled table out.

Images that are the same picture are merged, patients that share a picture become one, verdicts on
the same class are weighed into one cell, and one split is drawn over all sources together, so that
no picture and no patient stands on two sides of it.
"""
