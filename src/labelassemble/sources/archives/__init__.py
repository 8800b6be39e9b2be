"""Archives of images and tables, unpacked so that nothing is written where it should not be."""
