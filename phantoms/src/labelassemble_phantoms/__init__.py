"""Simulated chest radiographs with known truth: seeds go in; images, lesion masks and tables of
hospitals that each annotate only a part come out.

They exist to test methods against a truth that no real collection offers. They are not for
training anything that is used on patients.
"""
