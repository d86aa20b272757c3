-- Many discrepancies of a run have the same size and instant: the newest few are found without sorting them all.
DROP INDEX discrepancy_off;
CREATE INDEX discrepancy_off ON discrepancy (source, loc, (stated - expected), as_of DESC, id);
