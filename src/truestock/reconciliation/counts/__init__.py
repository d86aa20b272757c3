"""Cycle counts: what to count next, blind counts while orders flow, recounts, approval, and what is booked."""
