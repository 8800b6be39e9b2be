"""Tables, scores, curves and images in, one self-contained ``report.html`` out.

Everything comes as data in ``content.ReportContent``; ``write_report.write_report`` draws it and
writes the page. It opens without a network, holds no scripts, and prints. ``audit/`` does the same
for an assembled table alone: can it be trusted, and where not?
"""
