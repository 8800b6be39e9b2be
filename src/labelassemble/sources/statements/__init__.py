"""What the rows of each encoding mean: from cells and words to statements."""
