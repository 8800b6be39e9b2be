"""What a run says of DICOM objects, as DICOM objects: reports, maps, segmentations.

Nothing here computes a prediction or opens a network: objects and findings come in, objects go out.
highdicom, which writes them, is of the extra ``dicom``, and imported where it is needed.
"""
