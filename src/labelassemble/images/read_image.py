"""The reader of image files under the name by which notebooks and scripts know it."""

from labelassemble.files.open_file import read_file
from labelassemble.files.read_image import decode_image, read_image

__all__ = ["decode_image", "read_file", "read_image"]
