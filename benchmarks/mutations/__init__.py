"""Inputs and own files with changed bytes: a result or one error, whatever was changed."""
