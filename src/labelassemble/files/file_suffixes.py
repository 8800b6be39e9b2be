"""Extensions by which files count as images, volumes, voxels, or none of these."""

NIFTI_SUFFIXES = (".nii", ".nii.gz")


VOLUME_SUFFIXES = (*NIFTI_SUFFIXES[::-1], ".mhd", ".mha", ".nrrd", ".nhdr")
"""Extensions of volumes, the longer of two that fit first; `volume_file` opens all of them."""


IMAGE_SUFFIXES = (
    ".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".bmp", ".tif", ".tiff", ".gif",
    ".pgm", ".ppm", ".pnm", ".jp2",
    ".dcm", ".dicom", ".ima",
)  # fmt: skip
"""Extensions by which a file counts as an image, in any case of letters. Files of no extension that
is known here count if they begin as DICOM files do."""


VOXEL_SUFFIXES = (".raw", ".zraw")
"""Extensions of files of voxels, beside a header (.mhd, .nhdr) that says what they mean."""


NO_IMAGE_SUFFIXES = frozenset(
    {
        ".csv", ".tsv", ".txt", ".tab", ".dat", ".json", ".jsonl", ".ndjson", ".xml",
        ".html", ".htm",
        ".md", ".rst", ".pdf", ".doc", ".docx", ".rtf", ".xls", ".xlsx", ".xlsb", ".ods",
        ".parquet", ".arrow", ".feather", ".npy", ".npz", ".mat", ".h5", ".hdf5", ".pkl",
        ".pt", ".pth", ".ckpt", ".toml", ".yaml", ".yml", ".ini", ".cfg", ".log", ".lock",
        ".py", ".ipynb", ".sh", ".r", ".m", ".c", ".h", ".cpp", ".js", ".css",
        ".zip", ".gz", ".tgz", ".tar", ".bz2", ".xz", ".7z", ".rar", ".sha256", ".md5",
        ".mp4", ".avi", ".mov", ".mpg", ".mkv", ".svg", ".eps", ".heic",
        ".bak", ".tmp", ".part",
    }
)  # fmt: skip
"""Extensions of files that are no images, whatever they hold."""
