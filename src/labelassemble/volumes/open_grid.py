"""A MetaImage or NRRD file's header in, a ``VolumeFile`` out."""

from pathlib import Path

from labelassemble.errors import ImageError
from labelassemble.files.volume_file import open_grid_file
from labelassemble.settings import VolumeSettings
from labelassemble.volumes.stored_voxels import make_volume_file, refuse_stored
from labelassemble.volumes.volume import VolumeFile


def open_grid(path: Path, settings: VolumeSettings) -> VolumeFile:
    """Open a MetaImage (.mhd, .mha) or NRRD file (.nrrd, .nhdr).

    Args:
        path: the file; a header whose voxels stand in another file beside it is that header.
        settings: what to accept.

    Raises:
        ImageError: no such file, damaged or truncated, other than three axes, no orientation, a
            sheared affine.
    """
    grid = open_grid_file(path)
    shape = refuse_stored(grid.shape, grid.kind, path)
    if grid.affine is None:
        raise ImageError(
            f"an orientation in {path}",
            "no space with three directions in its header: nothing says where right and left are",
            "Convert it again from the original images with a tool that keeps the orientation",
        )
    return make_volume_file(
        path,
        grid.affine,
        shape,
        stored=grid.kind,
        scaled=False,
        read_stored=grid.read,
        settings=settings,
        notes=grid.notes,
    )
