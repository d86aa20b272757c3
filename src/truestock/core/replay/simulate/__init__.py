"""Simulations: a company's channels in simulated time, as they are kept in step today and as truestock would.

Pure values, the clock and the accounts; the two sides that sell belong to sync/simulate, reading files to feeds."""
