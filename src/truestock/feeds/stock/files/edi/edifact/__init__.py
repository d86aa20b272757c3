"""EDIFACT: its report of stock, INVRPT, as rows; what is wrong with its envelopes; and CONTRL, which says so."""
