"""A trained network leaves the project: as a file that other runtimes compute.

``trace_network`` makes a program of a network, ``onnx_model`` and its neighbours write it for one
runtime each, ``hold_parity`` holds what comes out against the run.
"""
