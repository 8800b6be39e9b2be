"""A trained network and pictures or image files in, answers out: tables and heat maps.

Everything that is needed to rebuild a network stands in its checkpoint (``checkpoint_file.py``).
"""
