"""A source's own words in, classes out.

A vocabulary (TOML) lists findings with their exact synonyms and parents;
`harmonise.harmonise` turns a `LabelTable` into a `ClassTable`: whole terms only, positive children
and negative parents carried over where the vocabulary says so, everything unmapped reported.
"""
