"""A trained network and images or image files in, predictions out: tables and heat maps.

Everything that is needed to rebuild a network stands in its checkpoint (``checkpoint_file.py``).
"""
