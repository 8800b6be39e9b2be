"""Simulated CT of the upper abdomen with known truth: a seed goes in; volumes, lesions with their
masks, and folders of hospitals that each annotate one kind of lesion come out.

They exist to test methods against a truth that no real collection offers. They are not for
training anything that is used on patients.
"""
