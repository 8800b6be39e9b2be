"""Class tables of several sources in, one assembled table out.

Images that are the same image are merged, patients that share an image become one, assessments on
the same class are weighed into one cell, and one split is drawn over all sources together, so that
no image and no patient stands on two sides of it.
"""
