"""The page of ``review``: labels that are likely to be wrong, with their images."""
