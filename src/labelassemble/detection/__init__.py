"""An assembled table, masks and boxes in, a network that finds lesions and its candidates out.

What is known of an image becomes what is known of each of its pixels or voxels (``dense_case.py``);
patches of these are learned from (``data_module.py``, ``module.py``), and whole images are
predicted by sliding window (``predict_image.py``). The run folder is that of ``training/``.
"""
