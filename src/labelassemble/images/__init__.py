"""Image files in, weak and strong views out.

Files are read once, resized and kept in a store on disk; batches of stored images with their
labels come out of it, and the two views are drawn from them on the device that trains.
"""
