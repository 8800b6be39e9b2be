"""An assembled table in, one page out that says whether it can be trusted, and where not.

``write_audit.write_audit`` takes ``content.AuditContent``. Every number on the page is counted anew
from the table's frames, or read from its manifest where only that knows it; each section names the
Parquet file that holds the detail. A file here is one question that a reviewer asks.
"""
