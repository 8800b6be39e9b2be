"""Volume files in, patches, views and whole-volume predictions in patient millimetres out.

Axes are right, anterior, superior; an affine says where the centre of each voxel lies in the
patient, in millimetres (``docs/volumes.md``).
"""
