"""``serve``: a page and a REST interface by which runs answer images that are uploaded."""
