"""Reports: what is counted from facts, and the figures that come of it.

Pure: facts and sums in, figures out; no database, no clock. `counting.py` says what each fact
adds to which quarter of an hour, `metrics.py` what each figure means and how it is computed from
sums, `days.py` where days and hours begin, `report.py` puts rows together, `table.py` writes CSV.
Averages are never averaged: whatever a row covers, it is computed from the sums of all quarters in
it, and percentiles from histograms that were added up (`spread.py`).
"""
