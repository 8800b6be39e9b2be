"""A first manifest from what lies in a folder: each file guesses one thing."""
